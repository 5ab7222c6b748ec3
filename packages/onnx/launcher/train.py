#!/usr/bin/env python3
"""Trains a step that graddiff has exported, on any number of processes.

    python3 train.py STEP SHARDS OUT --processes 4 --batch 32 --steps 1000

STEP is a folder with the files of exportTrainingStep. SHARDS has files *.npz with arrays by the names of the
batch; of the sorted files rank r takes those at r, r + W, … of W processes. OUT gets checkpoints, from which a
run goes on, loss.csv, and at the end final.safetensors.

onnxruntime computes, torch.distributed adds up the gradients, torchrun starts, watches and restarts the
processes. Without RANK in its environment this program starts torchrun itself, on one machine; on several,
start it on each with torchrun's own options.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", type=Path, help="folder of the exported step")
    parser.add_argument("shards", type=Path, help="folder of *.npz files")
    parser.add_argument("out", type=Path, help="folder of checkpoints and results")
    parser.add_argument("--steps", type=int, default=1000, help="steps in all (1000)")
    parser.add_argument("--batch", type=int, default=32, help="rows of a step and process (32)")
    parser.add_argument("--save-every", type=int, default=100, help="steps between checkpoints (100)")
    parser.add_argument("--keep", type=int, default=3, help="checkpoints that stay (3)")
    parser.add_argument("--threads", type=int, default=1, help="threads of a process (1)")
    parser.add_argument("--cuda", action="store_true", help="compute on GPUs (untested)")
    parser.add_argument("--backend", default="gloo", help="of torch.distributed: gloo, or nccl (untested)")
    parser.add_argument("--processes", type=int, default=1, help="where this starts torchrun (1)")
    parser.add_argument("--max-restarts", type=int, default=3, help="where this starts torchrun (3)")
    return parser.parse_args()


def start_torchrun(given):
    """Runs torchrun on this machine. Its store is a file, since some builds of PyTorch have no libuv."""
    with tempfile.TemporaryDirectory(prefix="graddiff-") as folder:
        command = [sys.executable, "-m", "torch.distributed.run"]
        command += ["--nproc-per-node", str(given.processes), "--max-restarts", str(given.max_restarts)]
        command += ["--rdzv-backend", "c10d", "--rdzv-conf", "store_type=file"]
        command += ["--rdzv-endpoint", str(Path(folder) / "store"), "--rdzv-id", str(os.getpid())]
        own = {"USE_LIBUV": "0", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
        own |= {"OMP_NUM_THREADS": str(given.threads)}
        command += [__file__, *sys.argv[1:]]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        child = subprocess.Popen(command, env={**os.environ, **own}, **pipes)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda number, _: child.send_signal(number))
        # Some builds of onnxruntime write hundreds of these lines, with empty ones between.
        for line in child.stdout:
            if not line.startswith("Schema error") and line.strip():
                print(line, end="", flush=True)
        return child.wait()


if __name__ == "__main__" and "RANK" not in os.environ:
    sys.exit(start_torchrun(options()))

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.numpy import save  # noqa: E402


# Data


def read_shards(paths, batch):
    """The rows of this rank, by name. Raises ValueError with the file that is at fault."""
    parts = []
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as arrays:
                part = {each["name"]: arrays[each["name"]] for each in batch}
        except Exception as error:  # a damaged file fails in many ways
            raise ValueError(f"{path}: {error}") from error
        rows = {len(array) for array in part.values()}
        if len(rows) != 1:
            raise ValueError(f"{path}: arrays of {sorted(rows)} rows")
        for each in batch:
            array, shape = part[each["name"]], tuple(each["shape"][1:])
            if str(array.dtype) != each["dtype"] or array.shape[1:] != shape:
                raise ValueError(f"{path}: {each['name']} is {array.dtype} {array.shape[1:]}, not {each['dtype']} {shape}")
        parts.append(part)
    empty = {each["name"]: np.zeros((0, *each["shape"][1:]), each["dtype"]) for each in batch}
    return {name: np.concatenate([empty[name], *(part[name] for part in parts)]) for name in empty}


def end_unless_all_could(error, local_rank):
    """Ends this node's torchrun if a rank has met an error: what is damaged stays so, and is not tried again."""
    errors = [None] * dist.get_world_size()
    dist.all_gather_object(errors, error)
    if not any(errors):
        return
    for rank, text in enumerate(errors):
        if text is not None:
            print(f"rank {rank}: {text}", file=sys.stderr, flush=True)
    dist.barrier()
    if local_rank == 0:
        os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(60)
    sys.exit(1)


def end_others():
    """Ends the other processes of this node: one that is stopped does not hear torchrun's SIGTERM, and is waited for."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = (path / "stat").read_text().rsplit(")", 1)[1].split()[1]
            is_other = int(parent) == os.getppid() and int(path.name) != os.getpid()
            if is_other and b"RANK=" in (path / "environ").read_bytes():
                os.kill(int(path.name), signal.SIGKILL)
        except (OSError, IndexError):  # it has ended
            continue


# Checkpoints, as saveCheckpoint of @graddiff/files writes them


ZEROS = b"0" * 64
NAME = re.compile(r"checkpoint-(\d{12,16})\.safetensors")


def write_state(path, state, step):
    """A file of safetensors that is complete or not there, with its checksum in its metadata."""
    data = save({name: np.asarray(array, order="C") for name, array in state.items()})
    size = int.from_bytes(data[:8], "little")
    # In this order, by which the checksum comes first and files of equal states are equal.
    header = {"__metadata__": {"sha256": ZEROS.decode(), "step": str(step)}, **json.loads(data[8 : 8 + size])}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = len(text).to_bytes(8, "little") + text + data[8 + size :]
    data = data.replace(ZEROS, hashlib.sha256(data).hexdigest().encode(), 1)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.temporary")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read_state(path):
    """The arrays of a file, and its step. Raises if its checksum is wrong."""
    with safe_open(path, framework="np") as file:
        metadata = file.metadata() or {}
        state = {name: file.get_tensor(name) for name in file.keys()}
    checksum = metadata.get("sha256")
    if checksum is not None:
        data = path.read_bytes().replace(checksum.encode(), ZEROS, 1)
        if hashlib.sha256(data).hexdigest() != checksum:
            raise ValueError("its checksum is wrong")
    return state, int(metadata.get("step", 0))


def newest_state(out, first):
    """The newest intact checkpoint, or the state that was exported."""
    for path in sorted((path for path in out.glob("*") if NAME.fullmatch(path.name)), reverse=True):
        try:
            return read_state(path)
        except Exception as error:
            print(f"{path} is passed over: {error}", file=sys.stderr, flush=True)
    return read_state(first)


def save_checkpoint(out, state, step, keep):
    write_state(out / f"checkpoint-{step:012}.safetensors", state, step)
    old = sorted(path for path in out.glob("*") if NAME.fullmatch(path.name))
    for path in [*old[:-keep], *out.glob("*.temporary")]:
        path.unlink()


# Training


class Step:
    """The two graphs of a step."""

    def __init__(self, folder, given, local_rank):
        about = json.loads((folder / "training.json").read_text())
        self.gradient, self.update = about["gradient"], about["update"]
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = given.threads
        settings.inter_op_num_threads = 1
        # Beyond this the optimizer of onnxruntime 1.21 breaks models of float64.
        settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        settings.log_severity_level = 3
        cuda = [("CUDAExecutionProvider", {"device_id": local_rank})] if given.cuda else []
        sessions = [
            ort.InferenceSession(str(folder / about[name]["file"]), settings, providers=[*cuda, "CPUExecutionProvider"])
            for name in ("gradient", "update")
        ]
        self.sessions = dict(zip(("gradient", "update"), sessions))

    def gradients(self, state, batch):
        """The loss, and the gradients by the names of the parameters."""
        feeds = {name: state[name] for name in self.gradient["parameters"]} | batch
        names = list(self.gradient["gradients"])
        outputs = [self.gradient["loss"], *(self.gradient["gradients"][name] for name in names)]
        loss, *gradients = self.sessions["gradient"].run(outputs, feeds)
        return loss, dict(zip(names, gradients))

    def updated(self, state, gradients):
        feeds = {name: state[name] for name in self.update["state"]}
        feeds |= {self.update["gradients"][name]: gradient for name, gradient in gradients.items()}
        names = list(self.update["next"])
        results = self.sessions["update"].run([self.update["next"][name] for name in names], feeds)
        return state | dict(zip(names, results))


class Average:
    """The mean over the rows of all ranks, in one buffer: rows, loss, gradients."""

    def __init__(self, state, names, device):
        self.shapes = {name: state[name].shape for name in names}
        wide = any(state[name].dtype == np.float64 for name in names)
        self.dtypes = {name: state[name].dtype for name in names}
        size = 2 + sum(state[name].size for name in names)
        self.buffer = np.zeros(size, np.float64 if wide else np.float32)
        self.device = device

    def of(self, rows, loss, gradients):
        self.buffer[:] = 0
        if rows > 0:
            self.buffer[:2] = rows, rows * loss
            parts = [gradients[name].ravel() for name in self.shapes]
            np.multiply(np.concatenate(parts), rows, out=self.buffer[2:])
        total = torch.from_numpy(self.buffer)
        if self.device is None:
            dist.all_reduce(total)
        else:
            there = total.to(self.device)
            dist.all_reduce(there)
            total.copy_(there)
        mean = self.buffer[1:] / self.buffer[0]
        result, start = {}, 1
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            result[name] = mean[start : start + size].reshape(shape).astype(self.dtypes[name], copy=False)
            start += size
        return float(mean[0]), result


def open_log(path, step):
    """The log, cut behind the step that a run goes on from."""
    lines = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in lines if line.split(",")[0].isdigit() and int(line.split(",")[0]) <= step]
    path.write_text("".join(f"{line}\n" for line in ["step,loss", *kept]))
    return open(path, "a", newline="", buffering=1)


def train(given):
    local_rank, rank, world = (int(os.environ[name]) for name in ("LOCAL_RANK", "RANK", "WORLD_SIZE"))
    torch.set_num_threads(given.threads)
    device = torch.device("cuda", local_rank) if given.backend == "nccl" else None
    if device is not None:
        torch.cuda.set_device(device)
    dist.init_process_group(given.backend, timeout=timedelta(seconds=30))
    step = Step(given.step, given, local_rank)
    rows, error = {}, None
    try:
        paths = sorted(given.shards.glob("*.npz"))
        if len(paths) < world:
            raise ValueError(f"{given.shards} has {len(paths)} files *.npz for {world} processes")
        rows = read_shards(paths[rank::world], step.gradient["batch"])
    except ValueError as fault:
        error = str(fault)
    end_unless_all_could(error, local_rank)
    count = len(next(iter(rows.values())))

    # One rank reads, so that all go on from the same state.
    given.out.mkdir(parents=True, exist_ok=True)
    box = [newest_state(given.out, given.step / "state.safetensors") if rank == 0 else None]
    dist.broadcast_object_list(box)
    state, done = box[0]
    longest = [0] * world
    dist.all_gather_object(longest, -(-count // given.batch))
    epoch = max(longest)
    if epoch == 0:
        sys.exit("the shards have no rows")
    average = Average(state, list(step.gradient["gradients"]), device)
    log = csv.writer(open_log(given.out / "loss.csv", done), lineterminator="\n") if rank == 0 else None
    if rank == 0 and done > 0:
        print(f"goes on from step {done}", flush=True)

    begin, first, waited = time.monotonic(), done, 0.0
    while done < given.steps:
        start = done % epoch * given.batch
        batch = {name: array[start : start + given.batch] for name, array in rows.items()}
        own = len(next(iter(batch.values())))
        loss, gradients = step.gradients(state, batch) if own > 0 else (0.0, {})
        before = time.monotonic()
        loss, gradients = average.of(own, loss, gradients)
        waited += time.monotonic() - before
        state = step.updated(state, gradients)
        done += 1
        if log is not None:
            log.writerow([done, repr(loss)])
            if done % given.save_every == 0 or done == given.steps:
                save_checkpoint(given.out, state, done, given.keep)
    seconds = time.monotonic() - begin
    if rank == 0:
        write_state(given.out / "final.safetensors", state, done)
        share = waited / seconds if seconds > 0 else 0
        print(f"{done - first} steps in {seconds:.3f} s on {world} processes, {share:.1%} of it communication", flush=True)
    dist.barrier()
    sys.stdout.flush()
    # Taking the group down would wait, with Python's lock held, for a thread that may need it (PyTorch 2.6).
    os._exit(0)


if __name__ == "__main__":
    try:
        train(options())
    except RuntimeError:  # another process is gone or silent; torchrun starts all anew
        end_others()
        raise
