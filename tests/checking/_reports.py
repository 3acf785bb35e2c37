"""Reports as a check hands them out, for the tests of how they are shown."""

from clearprop.checking.report import Change, Claim, Finding, Report

WROTE = "np.dot(output_error_term, weights_hidden_output) * hidden_layer_output"
MEND = f"{WROTE} * (1 - hidden_layer_output)"
HOMEWORK = f"""\
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


x = np.array([0.5, 0.1, -0.2])
target, learnrate = 0.6, 0.5
weights_input_hidden = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
weights_hidden_output = np.array([0.1, -0.3])

# forward
hidden_layer_input = np.dot(x, weights_input_hidden)
hidden_layer_output = sigmoid(hidden_layer_input)
output_layer_in = np.dot(hidden_layer_output, weights_hidden_output)
output = sigmoid(output_layer_in)

# backward
error = target - output
output_error_term = error * output * (1 - output)
hidden_error_term = {WROTE}
delta_w_h_o = learnrate * output_error_term * hidden_layer_output
delta_w_i_h = learnrate * hidden_error_term * x[:, None]
"""

LOSS = "0.5 * (target - output)**2"
OUT, HIDDEN = "-dL/d output_layer_in", "-dL/d hidden_layer_input"
W_H_O = "-learnrate * dL/d weights_hidden_output"
W_I_H = "-learnrate * dL/d weights_input_hidden"


def claims(*statuses, shift=0):
    """Of the four lines of the backward pass; an integer is a line that is followed."""
    lines = [
        (21, "output_error_term", OUT),
        (22, "hidden_error_term", HIDDEN),
        (23, "delta_w_h_o", W_H_O),
        (24, "delta_w_i_h", W_I_H),
    ]
    return [
        Claim(line + shift, name, claim, "follows", status + shift)
        if isinstance(status, int)
        else Claim(line + shift, name, claim, status)
        for (line, name, claim), status in zip(lines, statuses)
    ]


def missing(shift=0):
    """The slope of the sigmoid, left out."""
    return Finding(
        22 + shift,
        "hidden_error_term",
        "missing-derivative",
        "the slope of the sigmoid at h is h * (1 - h): the factor "
        "(1 - hidden_layer_output) is missing",
        MEND,
        WROTE,
        HIDDEN,
        "[ 0.00160881 -0.00333697]",
        "[ 0.00070833 -0.00204559]",
        (Change(22 + shift, 22 + shift, f"hidden_error_term = {MEND}"),),
    )


def wrong(file="homework.py", source=HOMEWORK, shift=0, cells=()):
    return Report(
        file,
        "wrong",
        LOSS,
        f"line {20 + shift}: error = target - output",
        claims("right", "wrong", "right", 22, shift=shift),
        [missing(shift)],
        source=source,
        cells=list(cells),
    )


def right(file="homework.py", source=HOMEWORK):
    return Report(
        file,
        "right",
        LOSS,
        "line 20: error = target - output",
        claims("right", "right", "right", "right"),
        notes=[
            "target - output: every gradient has a minus, and so the steps are added"
        ],
        source=source,
    )


def two():
    report = wrong()
    report.claims[3] = Claim(24, "delta_w_i_h", W_I_H, "wrong")
    report.findings.append(
        Finding(
            24,
            "delta_w_i_h",
            "sign",
            "a minus too many",
            "learnrate * hidden_error_term * x[:, None]",
            "-learnrate * hidden_error_term * x[:, None]",
            W_I_H,
            "[[-0.00017701  0.00051118]\n [-0.0000354   0.00010224]]",
            "[[ 0.00017701 -0.00051118]\n [ 0.0000354  -0.00010224]]",
            (
                Change(
                    24, 24, "delta_w_i_h = learnrate * hidden_error_term * x[:, None]"
                ),
            ),
        )
    )
    report.notes = ["line 23 is right at your learnrate of 0.5"]
    return report


def blank():
    report = wrong()
    report.claims = claims("wrong", "wrong", 21, 22)
    report.findings = [
        Finding(
            line,
            name,
            "blank",
            "the line isn't filled in",
            None,
            "'????????'",
            claim,
        )
        for line, name, claim in (
            (21, "output_error_term", OUT),
            (22, "hidden_error_term", HIDDEN),
        )
    ]
    return report


def crash():
    report = wrong()
    report.claims = claims("right", "unchecked", "unchecked", "unchecked")
    report.claims = [report.claims[0], *report.claims[2:]]
    report.findings = [
        Finding(
            22,
            "hidden_error_term",
            "crash",
            "np.dot(delta, W2): delta is (4, 1) and W2 is (3, 1): the inner sizes 1 "
            "and 3 differ. W2.T is (1, 3), which fits.",
            "np.dot(delta, W2.T) * h",
            "np.dot(delta, W2) * h",
        )
    ]
    return report


def undecided():
    return Report(
        "network.py",
        "undecided",
        reason="line 4, np.loadtxt('iris.csv'): iris.csv is not there. --data X=150,4 "
        "stands in random numbers for the X that is read from it",
    )


def layers():
    """Two layers of a class network, and a mistake inside a helper."""
    return Report(
        "network.py",
        "wrong",
        "np.mean((self.out - y) ** 2)",
        "line 40: return np.mean((self.out - y) ** 2)",
        [
            Claim(31, "layers[1].dW", "dL/d layers[1].W", "right", None, "back"),
            Claim(12, "dx", "dL/d x", "follows", 7, "Sigmoid.backward"),
            Claim(19, "self.dW", "dL/d self.W", "follows", 7, "Dense.backward"),
            Claim(20, "self.db", "", "unchecked", None, "Dense.backward"),
        ],
        [
            Finding(
                7,
                "return",
                "wrong-derivative",
                "the slope of the sigmoid is s * (1 - s)",
                "s * (1 - s)",
                "s * (1 + s)",
                "ds/dz",
                function="dsigmoid",
            )
        ],
        layer="namespaces, seccomp and limits",
    )


def unknown():
    report = wrong()
    report.findings = [
        Finding(
            22,
            "hidden_error_term",
            "unknown",
            "no small edit of this line mends it",
            None,
            WROTE,
            HIDDEN,
            "[ 0.00160881 -0.00333697]",
            "[ 0.00070833 -0.00204559]",
        )
    ]
    return report
