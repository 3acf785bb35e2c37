# expect: line=28 variable=w1 mistake=updated-weight
# right: w1 - alpha*(out-target)*(w2_was*s2*(1-s2)*s1)
# expect: line=29 variable=w0 mistake=updated-weight
# right: w0 - alpha*(out-target)*(w2_was*s2*(1-s2)*w1_was)*(s1*(1-s1)*s0)
# keep: line=27 w2_was, w1_was = w2, w1
from numpy import *

s0 = 2 # Define the input,
target = 0.7 # ... and the target output.
w0 = 2 # Choose initial values for the weights.
w1 = 1
w2 = 0.5
alpha = 0.1 # Set the learning constant.

def sigmoid(x):
    return 1/(1+exp(-x)) # Define the sigmoid anonymous function.

results = zeros([1000,4]) # Define a variable to hold the results of each iteration.
for k in range(1000): # For 1000 iteractions,
    #Step 2. Calculate feedforward solution to get output.
    x1 = w0*s0 # ... activity of first neuron,
    s1 = sigmoid(x1) # ... output of first neuron,
    x2 = w1*s1 # ... activity of second neuron,
    s2 = sigmoid(x2) # ... output of second neuron,
    out= w2*s2 # Output of neural network.
    #Step 3. Update the weights.
    w2 = w2 - alpha*(out-target)*s2
    w1 = w1 - alpha*(out-target)*(w2*s2*(1-s2)*s1)
    w0 = w0 - alpha*(out-target)*(w2*s2*(1-s2)*w1)*(s1*(1-s1)*s0)
    # Save the results of this step! --------------------------------------
    results[k,:] = [w2,w1,w0, out]
    # Here we save the 3 weights, the neural network output.
