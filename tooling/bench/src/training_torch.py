"""One process of the training benchmark in PyTorch: `python3 training_torch.py FILE STEPS THREADS` runs workload M and prints {losses, milliseconds}."""
import json
import sys
import time

import numpy
import torch
import torch.nn.functional as functional

KERNELS = [11, 15, 19, 23, 29]


def read_workload(path):
    with open(path, "rb") as stream:
        header = json.loads(stream.readline())
        body = stream.read()
    tensors = {}
    for tensor in header["tensors"]:
        size = int(numpy.prod(tensor["shape"]))
        data = numpy.frombuffer(body, dtype=tensor["type"], count=size, offset=tensor["offset"])
        tensors[tensor["name"]] = torch.from_numpy(data.reshape(tensor["shape"]).copy())
    return tensors


def main():
    path, steps, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    tensors = read_workload(path)
    inputs = tensors.pop("inputs").permute(1, 0, 2).contiguous()
    labels = tensors.pop("labels").long()
    parameters = {name: tensor.requires_grad_() for name, tensor in tensors.items()}
    channels = inputs.shape[1]
    running = [(torch.zeros(channels), torch.ones(channels)) for _ in KERNELS]

    def logits():
        hidden = inputs
        for at, kernel in enumerate(KERNELS):
            hidden = functional.conv1d(hidden, parameters[f"depthwise{at}/weight"], padding=kernel // 2, groups=channels)
            hidden = functional.conv1d(hidden, parameters[f"pointwise{at}/weight"])
            gamma, beta = parameters[f"norm{at}/gamma"], parameters[f"norm{at}/beta"]
            hidden = functional.batch_norm(hidden, *running[at], gamma, beta, training=True, momentum=0.1, eps=1e-5)
            hidden = functional.relu(hidden)
        return functional.linear(hidden.mean(2), parameters["linear/weight"], parameters["linear/bias"])

    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3)
    losses, milliseconds = [], []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = functional.cross_entropy(logits(), labels)
        loss.backward()
        optimizer.step()
        milliseconds.append((time.perf_counter() - start) * 1e3)
        losses.append(loss.item())
    print(json.dumps({"losses": losses, "milliseconds": milliseconds, "version": torch.__version__}))


main()
