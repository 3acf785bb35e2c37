# expect: line=28 variable=votes mistake=scale
# right: votes / count
import numpy as np


class Ranker:
    """One score for each shelf; what is asked for has to lead by one."""

    def __init__(self, features, shelves):
        self.weight = 0.01 * np.random.randn(shelves, features)
        self.offset = np.zeros(shelves)

    def step(self, X, wanted, rate, decay):
        count = len(X)
        dweight = np.zeros_like(self.weight)
        votes = np.zeros_like(self.offset)
        loss = 0.0
        for i in range(count):
            score = self.weight @ X[i] + self.offset
            for j in range(len(score)):
                lead = score[j] - score[wanted[i]] + 1
                if j != wanted[i] and lead > 0:
                    loss += lead
                    dweight[j] += X[i]
                    dweight[wanted[i]] -= X[i]
                    votes[j] += 1
                    votes[wanted[i]] -= 1
        votes = votes
        loss = loss / count + 0.5 * decay * np.sum(self.weight**2)
        self.weight -= rate * (dweight / count + decay * self.weight)
        self.offset -= rate * votes
        return loss


np.random.seed(5)
X = np.random.randn(10, 4)
wanted = np.random.randint(0, 3, 10)
ranker = Ranker(4, 3)
for _ in range(40):
    ranker.step(X, wanted, rate=0.2, decay=0.01)
