import math
def f(x): return x**4 - 3*x**3 + 2
def f_prime(x): return 4*x**3 - 9*x**2
cur_x = 6
gamma = 0.01
precision = 0.00001
previous_step_size = cur_x
while previous_step_size > precision:
    prev_x = cur_x
    cur_x += -gamma * f_prime(prev_x)
    previous_step_size = abs(cur_x - prev_x)
print("The local minimum occurs at %f" % cur_x)
