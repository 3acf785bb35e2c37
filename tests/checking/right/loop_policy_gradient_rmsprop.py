""" A tiny policy gradient agent, two-layer policy, RMSProp. The game: push the ball to the middle. """
import numpy as np

np.random.seed(5)
H = 8
D = 3
batch_size = 2
learning_rate = 1e-3
gamma = 0.99
decay_rate = 0.9

model = {}
model['W1'] = np.random.randn(H, D) / np.sqrt(D)
model['W2'] = np.random.randn(H) / np.sqrt(H)

grad_buffer = {k: np.zeros_like(v) for k, v in model.items()}
rmsprop_cache = {k: np.zeros_like(v) for k, v in model.items()}

def sigmoid(x):
  return 1.0 / (1.0 + np.exp(-x))

def discount_rewards(r):
  discounted_r = np.zeros_like(r)
  running_add = 0
  for t in reversed(range(0, r.size)):
    running_add = running_add * gamma + r[t]
    discounted_r[t] = running_add
  return discounted_r

for episode in range(10):
  pos, vel = np.random.randn(), 0.0
  xs, actions, rewards = [], [], []
  for step in range(12):
    x = np.array([pos, vel, 1.0])
    h = np.maximum(0, model['W1'] @ x)
    p = sigmoid(model['W2'] @ h)
    action = 1.0 if np.random.uniform() < p else 0.0
    vel += 0.1 if action == 1.0 else -0.1
    pos += vel
    xs.append(x); actions.append(action); rewards.append(-abs(pos))

  epx = np.vstack(xs)
  epy = np.array(actions)
  advantage = discount_rewards(np.array(rewards))
  advantage -= np.mean(advantage)
  advantage /= np.std(advantage) + 1e-8

  # surrogate loss: minus the advantage times the log probability of what was done
  eph = np.maximum(0, epx @ model['W1'].T)
  epp = sigmoid(eph @ model['W2'])
  logp = epy * np.log(epp) + (1 - epy) * np.log(1 - epp)
  loss = -np.sum(advantage * logp)

  dlogit = (epp - epy) * advantage
  dW2 = np.dot(eph.T, dlogit).ravel()
  dh = np.outer(dlogit, model['W2'])
  dh[eph <= 0] = 0  # backprop relu
  dW1 = np.dot(dh.T, epx)
  grad = {'W1': dW1, 'W2': dW2}
  for k in model: grad_buffer[k] += grad[k] # accumulate grad over batch

  if (episode + 1) % batch_size == 0:
    for k, v in model.items():
      g = grad_buffer[k]
      rmsprop_cache[k] = decay_rate * rmsprop_cache[k] + (1 - decay_rate) * g**2
      model[k] -= learning_rate * g / (np.sqrt(rmsprop_cache[k]) + 1e-5)
      grad_buffer[k] = np.zeros_like(v)
    print('episode', episode, 'return', sum(rewards))
