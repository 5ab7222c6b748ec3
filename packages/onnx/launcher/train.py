#!/usr/bin/env python3
"""Trains a step that graddiff has exported, on any number of processes and machines.

    python3 train.py STEP SHARDS OUT --processes 4 --batch 32 --steps 1000

STEP is a folder with the files of exportTrainingStep. SHARDS has files *.npz with arrays by the names of the
batch; of the sorted files rank r takes those at r, r + W, … of W processes. OUT gets checkpoints, from which a
run goes on, loss.csv, and at the end final.safetensors. One run has OUT at a time, and one step.

On several machines start it on each, with OUT in a folder that they share:

    python3 train.py STEP SHARDS OUT --nodes 2 --processes 4

onnxruntime computes, torch.distributed adds up the gradients, torchrun starts, watches and restarts the
processes. Where torchrun has started this program, by RANK and its kin in the environment, it is one of them.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import math
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

# Arguments


def whole(least):
    """Reads a whole number that is not less."""

    def read(text):
        with contextlib.suppress(ValueError):
            if int(text) >= least:
                return int(text)
        raise argparse.ArgumentTypeError(f"expected a whole number from {least}, got {text!r}")

    return read


def folder(text):
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"expected a folder, got {text!r}, which is {'a file' if Path(text).exists() else 'not there'}")
    return Path(text)


def beside(folder, name):
    """The path of a file that training.json names: in its folder, and no link to another one."""
    path = folder / str(name)
    is_leaving = not isinstance(name, str) or "\0" in name or path.name != name
    if is_leaving or path.resolve().parent != folder.resolve():
        raise ValueError(f"{name!r} is no file in the folder of the step")
    return path


class Parser(argparse.ArgumentParser):
    """Says what is wrong once for all processes that torchrun starts on a machine, and ends them with the first."""

    def error(self, message):
        if os.environ.get("LOCAL_RANK", "0") != "0":
            time.sleep(60)
        super().error(message)


def parser_of_arguments():
    parser = Parser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("step", type=folder, help="folder of the exported step")
    parser.add_argument("shards", type=folder, help="folder of *.npz files")
    parser.add_argument("out", type=Path, help="folder of checkpoints and results")
    parser.add_argument("--steps", type=whole(1), default=1000, help="steps in all (1000)")
    parser.add_argument("--batch", type=whole(1), default=32, help="rows of a step and process (32)")
    parser.add_argument("--save-every", type=whole(1), default=100, help="steps between checkpoints (100)")
    parser.add_argument("--keep", type=whole(1), default=3, help="checkpoints that stay (3)")
    parser.add_argument("--threads", type=whole(1), default=1, help="threads of a process (1)")
    parser.add_argument("--cuda", action="store_true", help="compute on GPUs (untested)")
    parser.add_argument("--backend", choices=["gloo", "nccl"], default="gloo", help="of torch.distributed (gloo; nccl is untested)")
    start = parser.add_argument_group("without torchrun's own command")
    start.add_argument("--processes", type=whole(1), help="processes of this machine (1)")
    start.add_argument("--nodes", type=whole(1), help="machines, on each of which this is started (1)")
    start.add_argument("--rendezvous", metavar="HOST:PORT", help="where machines without a shared OUT meet (untested)")
    start.add_argument("--max-restarts", type=whole(0), help="attempts after the first (3)")
    return parser


# What torchrun tells each process that it starts.
TOLD = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
# The process that has started torchrun; set by it for those that it starts.
LAUNCHER = "GRADDIFF_LAUNCHER"


def read_arguments():
    """The options, and whether torchrun has started this process. All faults that can be seen here end it here."""
    parser = parser_of_arguments()
    given = parser.parse_args()
    told = [name for name in TOLD if name in os.environ]
    is_worker = "RANK" in told or "LOCAL_RANK" in told
    if is_worker and len(told) < len(TOLD):
        missing = ", ".join(name for name in TOLD if name not in told)
        parser.error(f"{' and '.join(told)} in the environment, but not {missing}: start this with torchrun, which sets them all, or unset them")
    if is_worker and LAUNCHER not in os.environ:
        for name in ("processes", "nodes", "rendezvous", "max_restarts"):
            if getattr(given, name) is not None:
                parser.error(f"--{name.replace('_', '-')} starts torchrun, which has started this process: give torchrun its own option")
    if given.out.exists() and not given.out.is_dir():
        parser.error(f"argument out: expected a folder, got {str(given.out)!r}, which is a file")
    try:
        about = json.loads((given.step / "training.json").read_text())
        if about.get("format") != "graddiff training step" or about.get("version") != 2:
            raise ValueError(f"expected a training step of version 2, got {about.get('version')}: export it with this train.py's @graddiff/onnx")
        for name in (about["state"], about["gradient"]["file"], about["update"]["file"]):
            beside(given.step, name)
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        parser.error(f"argument step: {given.step / 'training.json'}: {error}")
    if given.step.resolve() in (given.out.resolve(), *given.out.resolve().parents):
        parser.error(f"argument out: expected a folder outside of {str(given.step)!r}, got {str(given.out)!r}: checkpoints are no files of a step")
    packages = ("numpy", "onnxruntime", "torch", "safetensors")
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        parser.error(f"{sys.executable} lacks {', '.join(missing)}")
    given.processes = given.processes or 1
    given.nodes = given.nodes or 1
    given.max_restarts = 3 if given.max_restarts is None else given.max_restarts
    return given, is_worker, parser.error


# What a process that is killed leaves behind


HOST = socket.gethostname()
# Stands in the names of what this process makes for the time that it runs.
OWNER = f"{HOST}.{os.getpid()}"
# Folders that launchers have while they run, among the temporary files of the machine.
FOLDER = re.compile(r"graddiff-(.+)\.(\d+)\.\w+")
# Files of OUT that are written.
TEMPORARY = re.compile(r"(?:checkpoint-\d{12,16}\.safetensors|final\.safetensors|loss\.csv)\.(.+)\.(\d+)\.\d+\.temporary")


def is_dead(host, process):
    """Whether a process of this machine, an earlier one than this, has ended. Of other machines nobody knows."""
    if host != HOST:
        return False
    # In a container that starts again it had the number of this one.
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        pass
    return False


def remove_left(folder, pattern):
    """Removes what processes of this machine have left that are dead. To be called before this one makes its own."""
    for path in folder.iterdir():
        match = pattern.fullmatch(path.name)
        if match is None or not is_dead(match[1], int(match[2])):
            continue
        # Another user's stays.
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextlib.contextmanager
def own_folder():
    """A folder for the time that this process runs."""
    temporary = Path(tempfile.gettempdir())
    remove_left(temporary, FOLDER)
    with tempfile.TemporaryDirectory(prefix=f"graddiff-{OWNER}.", dir=temporary) as own:
        yield Path(own)


# Starting torchrun


def has_libuv():
    """Whether this build of PyTorch has libuv, which its store of the network needs unless told otherwise."""
    from torch.distributed import TCPStore

    try:
        TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, use_libuv=True)
    except Exception:
        return False
    return True


# Lines that tell nobody anything: some builds of onnxruntime write hundreds of the first, in pieces and with empty lines
# between, and torchrun the last where processes are ended, after the words for it.
NOISE = re.compile(r"\s*$|Schema error|Trying to register schema|W\d{4} .*(death signal|closing signal SIGTERM)")


@contextlib.contextmanager
def filtered_streams():
    """Passes on what this process and those that it starts write, without noise."""
    sys.stdout.flush()
    outside = os.dup(1)
    reading, writing = os.pipe()

    def pass_on():
        with open(reading, errors="replace") as lines:
            for line in lines:
                if NOISE.match(line) is None:
                    # Who has closed the other end, as head does, reads no more; processes go on.
                    with contextlib.suppress(OSError):
                        os.write(outside, line.encode())

    for stream in (1, 2):
        os.dup2(writing, stream)
    os.close(writing)
    thread = threading.Thread(target=pass_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream in (1, 2):
            os.dup2(outside, stream)
        # A process that has not ended yet may hold the other end.
        thread.join(5)


@contextlib.contextmanager
def store_file(given, own):
    """The file by which machines find each other. Left by an earlier run it would lead them astray.

    Whoever is in a run holds a shared lock beside it: who gets the lock alone is the first, and removes the file.
    """
    if given.nodes == 1:
        yield own / "store"
        return
    given.out.mkdir(parents=True, exist_ok=True)
    store = given.out / "rendezvous"
    with open(given.out / "rendezvous.lock", "a+") as lock:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            store.unlink(missing_ok=True)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield store
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            store.unlink(missing_ok=True)


def torchrun(given, own, conf):
    """Runs torchrun in this process, so that it ends with it. @returns what the process is to end with."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main

    command = ["--nnodes", str(given.nodes), "--nproc-per-node", str(given.processes)]
    command += ["--max-restarts", str(given.max_restarts), "--rdzv-backend", "c10d", "--log-dir", str(own), *conf]
    try:
        main([*command, __file__, *sys.argv[1:]])
    except SignalException as end:
        return 1 if end.sigval == signal.SIGTERM else 128 + end.sigval
    except ChildFailedError as error:
        print(f"rank {error.get_first_failure()[0]} has failed {given.max_restarts + 1} times; what it said stands above", file=sys.stderr)
        return 1
    return 0


def launch(given, refuse):
    """Starts torchrun and its processes. Rank 0 is on the machine that torchrun sorts first, by its address."""
    os.environ |= {LAUNCHER: str(os.getpid()), "OMP_NUM_THREADS": str(given.threads)}
    if given.backend == "nccl":
        import torch

        if not torch.cuda.is_available():
            refuse("argument --backend: nccl needs GPUs, and PyTorch finds none here")
    libuv = has_libuv()
    if not libuv:
        os.environ["USE_LIBUV"] = "0"
    if given.rendezvous is not None:
        if not libuv:
            refuse("argument --rendezvous: this PyTorch is built without libuv, and torchrun cannot meet at an address: leave it out, with OUT in a folder that all machines share")
        with own_folder() as own, filtered_streams():
            return torchrun(given, own, ["--rdzv-endpoint", given.rendezvous, "--rdzv-id", "graddiff"])
    # Else torchrun hands the file on where its processes expect a store of the network.
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    from torch.distributed.elastic.rendezvous import RendezvousClosedError, RendezvousTimeoutError

    with own_folder() as own, filtered_streams():
        while True:
            with store_file(given, own) as store:
                if given.nodes > 1:
                    print(f"waits for {given.nodes} machines, this one among them, which meet by {store}: start this on each", flush=True)
                try:
                    return torchrun(given, own, ["--rdzv-conf", "store_type=file", "--rdzv-endpoint", str(store), "--rdzv-id", "graddiff"])
                except RendezvousClosedError:
                    print("waits for the other machines to leave the run before", flush=True)
                except RendezvousTimeoutError:
                    print(f"{given.nodes} machines did not come together in 10 minutes: start this on each, with the same --nodes and the same OUT", file=sys.stderr)
                    return 1
            time.sleep(2)


def end_with(launcher):
    """Ends this process when the one that has started it is gone: nobody would watch it any more."""

    def watch():
        while os.getppid() == launcher:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    GIVEN, IS_WORKER, REFUSE = read_arguments()
    if not IS_WORKER:
        sys.exit(launch(GIVEN, REFUSE))
    # Who presses Ctrl-C ends all processes at once, and needs no traceback of each.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    end_with(int(os.environ.get(LAUNCHER, os.getppid())))

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.numpy import save  # noqa: E402


# Data


class Rows:
    """The rows of this rank, by name, and the files that they come from, with checksums."""

    def __init__(self, paths, batch):
        parts, self.files = [], []
        for path in paths:
            part, checksums = read_shard(path, batch)
            parts.append(part)
            self.files.append((path, len(next(iter(part.values()))), checksums))
        empty = {each["name"]: np.zeros((0, *each["shape"][1:]), each["dtype"]) for each in batch}
        self.arrays = {name: np.concatenate([empty[name], *(part[name] for part in parts)]) for name in empty}
        self.count = sum(count for _, count, _ in self.files)

    def slice(self, start, end):
        return {name: array[start:end] for name, array in self.arrays.items()}

    def place(self, start, end):
        """Which rows of which files they are."""
        places, first = [], 0
        for path, count, _ in self.files:
            own = max(start - first, 0), min(end - first, count)
            if own[0] < own[1]:
                rows = f"row {own[0]}" if own[0] + 1 == own[1] else f"rows {own[0]} to {own[1] - 1}"
                places.append(f"{rows} of {path}")
            first += count
        return " and ".join(places)

    def infinite(self, start, end):
        """The first row with NaN or an infinity in it; None where there is none."""
        for name, array in self.slice(start, end).items():
            if array.dtype.kind != "f":
                continue
            bad = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(1))
            if len(bad) > 0:
                row = start + int(bad[0])
                return f"{name} has NaN or infinity in {self.row(row)}"
        return None

    def row(self, row):
        return self.place(row, row + 1)

    def refused(self, start, end, compute):
        """The first row that a step cannot compute, with its classes and such; None where each is computed alone."""
        for row in range(start, end):
            _, fault = attempted(compute, self.slice(row, row + 1))
            if fault is not None:
                numbers = [(name, array[row]) for name, array in self.arrays.items() if array.dtype.kind in "iu"]
                told = [f"{name} is {number}" for name, number in numbers if number.size == 1]
                return f"{self.row(row)}{' where ' if told else ''}{' and '.join(told)}: {fault}"
        return None


def read_shard(path, batch):
    """The arrays of a file, and the checksums that it has for them. Raises ValueError with the file that is at fault."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            part = {each["name"]: arrays[each["name"]] for each in batch}
            checksums = [(info.filename, info.CRC) for info in arrays.zip.infolist()]
    except Exception as error:  # a damaged file fails in many ways
        # NumPy takes what it does not know for Python objects, and tells how to run them.
        what = "it is no NPZ file, or has Python objects in it" if "pickle" in str(error) else error
        raise ValueError(f"{path}: {what}") from error
    for each in batch:
        array, shape = part[each["name"]], tuple(each["shape"][1:])
        if array.ndim == 0:
            raise ValueError(f"{path}: {each['name']} is a single number, not rows of shape {shape}")
        if str(array.dtype) != each["dtype"] or array.shape[1:] != shape:
            raise ValueError(f"{path}: {each['name']} is {array.dtype} {array.shape[1:]}, not {each['dtype']} {shape}")
    rows = {len(array) for array in part.values()}
    if len(rows) != 1:
        raise ValueError(f"{path}: arrays of {sorted(rows)} rows")
    return part, checksums


# What ends a run


def end_unless_all_could(error, local_rank):
    """Ends this node's torchrun if a rank has met an error that stays: it is not tried again. One process of a node tells."""
    errors = [None] * dist.get_world_size()
    dist.all_gather_object(errors, error)
    if not any(errors):
        return
    if local_rank == 0:
        for text in dict.fromkeys(filter(None, errors)):
            ranks = [str(rank) for rank, each in enumerate(errors) if each == text]
            whose = "" if len(ranks) == len(errors) else f"rank{'s' * (len(ranks) > 1)} {', '.join(ranks)}: "
            print(f"{whose}{text}", file=sys.stderr, flush=True)
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


def told(error):
    """An error in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def attempted(act, *arguments):
    """What a function returns, and None; or None, and what is wrong. A ValueError says so in words of this program."""
    try:
        return act(*arguments), None
    except Exception as error:
        return None, str(error) if isinstance(error, ValueError) else told(error)


# OUT: its lock, and checkpoints as saveCheckpoint of @graddiff/files writes them


ZEROS = b"0" * 64
NAME = re.compile(r"checkpoint-(\d{12,16})\.safetensors")


def take(out, patience):
    """Takes OUT, which one run has at a time. @returns what holds it until it is closed, or the process ends."""
    file = open(out / "lock", "a+")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise ValueError(f"{out} is in use by {holder}. Let it end, or end it, or give another OUT") from None
            time.sleep(0.2)
        except OSError as error:
            print(f"{out} cannot be locked ({error}): another run there would not be noticed", file=sys.stderr, flush=True)
            break
    remove_left(out, TEMPORARY)
    file.seek(0)
    file.truncate()
    append(file, f"process {os.getpid()} on {HOST} since {datetime.now():%Y-%m-%d %H:%M:%S}\n")
    return file


@contextlib.contextmanager
def writing(path, size):
    """Raises ValueError, with the file, the bytes that are wanted and those that are free, for a disk that is full."""
    try:
        yield
    except OSError as error:
        free = shutil.disk_usage(path.parent).free
        raise ValueError(f"{path} cannot be written, {error.strerror}: {size} bytes are wanted, {free} are free") from error


def append(file, text):
    with writing(Path(file.name), len(text)):
        file.write(text)
        file.flush()


def write_whole(path, data):
    """A file that is complete, or as it was before."""
    temporary = path.with_name(f"{path.name}.{OWNER}.0.temporary")
    with writing(path, len(data)):
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        parent = os.open(path.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)


def write_state(path, state, step, known):
    """A file of safetensors, with its checksum in its metadata, its step, and what else is known of it."""
    data = save({name: np.asarray(array, order="C") for name, array in state.items()})
    size = int.from_bytes(data[:8], "little")
    # In this order, by which the checksum comes first and files of equal states are equal.
    metadata = {"sha256": ZEROS.decode(), "step": str(step), **{name: json.dumps(each) for name, each in known.items()}}
    header = {"__metadata__": metadata, **json.loads(data[8 : 8 + size])}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = len(text).to_bytes(8, "little") + text + data[8 + size :]
    data = data.replace(ZEROS, hashlib.sha256(data).hexdigest().encode(), 1)
    write_whole(path, data)


def read_state(path):
    """The arrays of a file, and its metadata. Raises if its checksum is wrong."""
    with safe_open(path, framework="np") as file:
        metadata = file.metadata() or {}
        state = {name: file.get_tensor(name) for name in file.keys()}
    checksum = metadata.get("sha256")
    if checksum is not None:
        data = path.read_bytes().replace(checksum.encode(), ZEROS, 1)
        if hashlib.sha256(data).hexdigest() != checksum:
            raise ValueError("its checksum is wrong")
    return state, metadata


def checkpoints(out):
    """The files of checkpoints, the newest last."""
    return sorted(path for path in out.glob("*") if NAME.fullmatch(path.name))


def save_checkpoint(out, state, step, keep, known):
    write_state(out / f"checkpoint-{step:012}.safetensors", state, step, known)
    for path in checkpoints(out)[:-keep]:
        path.unlink(missing_ok=True)


# The step that OUT belongs to


def fingerprint_of(folder, about, state):
    """What a step is known by: checksums of its files, and of each tensor of its state the value or a checksum."""
    files = ["training.json", about["gradient"]["file"], about["update"]["file"]]
    sums = {name: hashlib.sha256(beside(folder, name).read_bytes()).hexdigest()[:32] for name in files}
    return {"files": sums, "state": {name: summary(array) for name, array in state.items()}}


def summary(array):
    if array.ndim == 0:
        return str(array)
    return f"{array.dtype}{list(array.shape)} {hashlib.sha256(array.tobytes()).hexdigest()[:16]}"


def differences(saved, own):
    """What tells two fingerprints apart, in words."""
    found = [f"{name} is another file" for name in own["files"] if saved["files"].get(name) != own["files"][name]]
    for name in {**saved["state"], **own["state"]}:
        before, now = saved["state"].get(name), own["state"].get(name)
        if before is None:
            found.append(f"{name} is new")
        elif now is None:
            found.append(f"{name} is missing")
        elif before != now:
            found.append(f"{name} starts with other numbers" if " " in now else f"{name} starts as {now} instead of {before}")
    return ", ".join(found[:5]) + (f", and {len(found) - 5} more" if len(found) > 5 else "")


def begin(given, first, fingerprint):
    """The state to go on from, its step and its run: of the newest intact checkpoint, or what was exported."""
    for path in reversed(checkpoints(given.out)):
        try:
            state, metadata = read_state(path)
            step = int(metadata.get("step", 0))
            saved, run = (json.loads(metadata.get(name, "null")) for name in ("fingerprint", "run"))
        except Exception as error:
            print(f"{path} is passed over: {error}", file=sys.stderr, flush=True)
            continue
        if saved is None:
            check_fit(path, state, first)
        elif saved != fingerprint:
            raise ValueError(
                f"{path} belongs to another step than {given.step}: {differences(saved, fingerprint)}. Give another OUT, or the STEP "
                "that it was begun with; to go on from it with this one, load it where the step is made, and export that anew"
            )
        if step > given.steps:
            raise ValueError(f"{given.out} is at step {step} already, beyond --steps {given.steps}: give more, or another OUT")
        return state, step, run
    return first, 0, None


def run_of(batch, shares):
    """What decides the rows of a step. @param shares the files of each rank: names, rows and checksums."""
    files = sorted(file for share in shares for file in share)
    rows = sum(count for _, count, _ in files)
    checksum = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    return {"batch": batch, "processes": len(shares), "shards": f"{len(files)} files of {rows} rows, checksum {checksum}"}


def tell_changes(saved, own):
    """Warns of steps that have other rows than before. The state goes on all the same; checkpoints of others tell no run."""
    changes = [f"{name}: was {saved[name]}, is {own[name]}" for name in own if saved is not None and saved[name] != own[name]]
    if changes:
        print(f"warning: from here on steps have other rows than before; {'; '.join(changes)}", file=sys.stderr, flush=True)


def check_fit(path, state, first):
    """Checkpoints of others, such as saveCheckpoint, tell no step: names, shapes and dtypes have to do."""
    faults = [
        name
        for name in {**state, **first}
        if name not in state or name not in first or (state[name].shape, state[name].dtype) != (first[name].shape, first[name].dtype)
    ]
    if faults:
        raise ValueError(f"{path} does not fit the step: {', '.join(faults[:5])}. Give another OUT")
    print(f"{path} does not tell its step; its tensors fit this one", flush=True)


# Training


class Step:
    """The two graphs of a step, and the state that it begins with."""

    def __init__(self, folder, given, local_rank):
        about = json.loads((folder / "training.json").read_text())
        self.gradient, self.update = about["gradient"], about["update"]
        self.first, _ = read_state(beside(folder, about["state"]))
        self.fingerprint = fingerprint_of(folder, about, self.first)
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = given.threads
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        if given.cuda and "CUDAExecutionProvider" not in ort.get_available_providers():
            raise ValueError("--cuda: this onnxruntime has no CUDA")
        cuda = [("CUDAExecutionProvider", {"device_id": local_rank})] if given.cuda else []
        sessions = [
            ort.InferenceSession(str(beside(folder, about[name]["file"])), settings, providers=[*cuda, "CPUExecutionProvider"])
            for name in ("gradient", "update")
        ]
        self.sessions = dict(zip(("gradient", "update"), sessions))

    def gradients(self, state, batch):
        """The loss, and the gradients by the names of the parameters."""
        feeds = {own: state[name] for name, own in self.gradient["state"].items()} | batch
        names = list(self.gradient["gradients"])
        outputs = [self.gradient["loss"], *self.gradient["gradients"].values()]
        loss, *gradients = self.sessions["gradient"].run(outputs, feeds)
        return loss, dict(zip(names, gradients))

    def updated(self, state, gradients):
        feeds = {own: state[name] for name, own in self.update["state"].items()}
        feeds |= {self.update["gradients"][name]: gradient for name, gradient in gradients.items()}
        results = self.sessions["update"].run(list(self.update["next"].values()), feeds)
        return state | dict(zip(self.update["next"], results))

    def infinite(self, state):
        """The names of what the step changes that has NaN or an infinity in it."""
        changed = ((name, state[name]) for name in self.update["next"])
        return [name for name, array in changed if array.dtype.kind == "f" and not np.isfinite(array).all()]


class Average:
    """The mean over the rows of all ranks, in one buffer: rows, failures, loss, gradients."""

    def __init__(self, state, names, device):
        self.shapes = {name: state[name].shape for name in names}
        wide = any(state[name].dtype == np.float64 for name in names)
        self.dtypes = {name: state[name].dtype for name in names}
        size = 3 + sum(state[name].size for name in names)
        self.buffer = np.zeros(size, np.float64 if wide else np.float32)
        self.device = device

    def of(self, rows, loss, gradients, failed):
        """The mean loss and gradients; None if a rank has failed to compute its own."""
        self.buffer[:] = 0
        self.buffer[1] = failed
        if rows > 0 and not failed:
            self.buffer[0], self.buffer[2] = rows, rows * loss
            parts = [gradients[name].ravel() for name in self.shapes]
            np.multiply(np.concatenate(parts), rows, out=self.buffer[3:])
        total = torch.from_numpy(self.buffer)
        if self.device is None:
            dist.all_reduce(total)
        else:
            there = total.to(self.device)
            dist.all_reduce(there)
            total.copy_(there)
        if self.buffer[1] > 0:
            return None
        mean = self.buffer[2:] / self.buffer[0]
        result, start = {}, 1
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            result[name] = mean[start : start + size].reshape(shape).astype(self.dtypes[name], copy=False)
            start += size
        return float(mean[0]), result


def open_log(path, step):
    """The log, cut after the step that a run goes on from."""
    lines = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in lines if line.split(",")[0].isdigit() and int(line.split(",")[0]) <= step]
    write_whole(path, "".join(f"{line}\n" for line in ["step,loss", *kept]).encode())
    return open(path, "a")


class Prepared:
    """What a rank has before the first step."""

    def __init__(self, given, rank, local_rank, world):
        self.lock = None
        self.begin = None
        self.step = Step(given.step, given, local_rank)
        paths = sorted(given.shards.glob("*.npz"))
        if len(paths) < world:
            raise ValueError(f"{given.shards} has {len(paths)} files *.npz for {world} processes")
        self.rows = Rows(paths[rank::world], self.step.gradient["batch"])
        if rank == 0:
            given.out.mkdir(parents=True, exist_ok=True)
            # After a restart on another machine the one before may be ending still.
            self.lock = take(given.out, 20 if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") != "0" else 3)
            self.begin = begin(given, self.step.first, self.step.fingerprint)


def prepare(given, rank, local_rank, world):
    """All that can fail before the first step. What fails in any rank ends the run at once."""
    prepared, error = attempted(Prepared, given, rank, local_rank, world)
    end_unless_all_could(error, local_rank)
    arguments = {name: getattr(given, name) for name in ("steps", "batch", "save_every", "keep")}
    box = [(arguments, prepared.step.fingerprint, prepared.begin)]
    dist.broadcast_object_list(box)
    others, fingerprint, start = box[0]
    faults = [f"--{name.replace('_', '-')} is {value}, not {others[name]} as for rank 0" for name, value in arguments.items() if value != others[name]]
    if fingerprint != prepared.step.fingerprint:
        faults.append(f"{given.step} is not that of rank 0: {differences(fingerprint, prepared.step.fingerprint)}")
    end_unless_all_could("; ".join(faults) or None, local_rank)
    shares = [[]] * world
    dist.all_gather_object(shares, [(path.name, count, checksums) for path, count, checksums in prepared.rows.files])
    counts = [sum(count for _, count, _ in share) for share in shares]
    if not any(counts):
        end_unless_all_could(f"the files *.npz of {given.shards} have no rows" if rank == 0 else None, local_rank)
    known = {"fingerprint": fingerprint, "run": run_of(given.batch, shares)}
    return prepared, start, known, max(-(-count // given.batch) for count in counts)


def train(given):
    local_rank, rank, world = (int(os.environ[name]) for name in ("LOCAL_RANK", "RANK", "WORLD_SIZE"))
    torch.set_num_threads(given.threads)
    device = torch.device("cuda", local_rank) if given.backend == "nccl" else None
    if device is not None:
        torch.cuda.set_device(device)
    dist.init_process_group(given.backend, timeout=timedelta(seconds=30))
    # One rank reads checkpoints, so that all go on from the same state.
    prepared, (state, done, run), known, epoch = prepare(given, rank, local_rank, world)
    step, rows = prepared.step, prepared.rows
    average = Average(state, list(step.gradient["gradients"]), device)
    log, unwritten = attempted(open_log, given.out / "loss.csv", done) if rank == 0 else (None, None)
    end_unless_all_could(unwritten, local_rank)
    if rank == 0 and os.environ.get("LOCAL_WORLD_SIZE") != str(world):
        print(f"rank 0, which writes {given.out}, is on {HOST}", flush=True)
    if rank == 0 and done > 0:
        print(f"goes on from step {done}", flush=True)
        tell_changes(run, known["run"])

    started, first, saved, waited = time.monotonic(), done, done, 0.0

    def at_step(what):
        kept = f"the checkpoint of step {saved} stays" if saved > 0 else "no checkpoint was saved before"
        return f"step {done + 1}: {what}; {kept}"

    while done < given.steps:
        start = done % epoch * given.batch
        batch = rows.slice(start, start + given.batch)
        own = len(next(iter(batch.values())))
        loss, gradients, failure = 0.0, {}, unwritten
        if own > 0 and failure is None:
            computed, fault = attempted(step.gradients, state, batch)
            if fault is None:
                loss, gradients = computed
            else:  # such as an index that a table does not have
                row = rows.refused(start, start + own, lambda one: step.gradients(state, one))
                failure = f"step {done + 1}, {row or f'{rows.place(start, start + own)}: {fault}'}"
        before = time.monotonic()
        mean = average.of(own, loss, gradients, failure is not None)
        waited += time.monotonic() - before
        if mean is None:
            end_unless_all_could(failure, local_rank)
        loss, gradients = mean
        if log is not None:
            _, fault = attempted(append, log, f"{done + 1},{loss!r}\n")
            # All are told with the next step, or checkpoint.
            unwritten = fault and at_step(fault)
        if not math.isfinite(loss):
            found = [None] * world
            dist.all_gather_object(found, rows.infinite(start, start + own))
            bad = "; ".join(filter(None, found))
            end_unless_all_could(at_step(f"the loss is {loss}{f', since {bad}' if bad else ''}"), local_rank)
        state = step.updated(state, gradients)
        if (done + 1) % given.save_every == 0 or done + 1 == given.steps:
            # All ranks have the same state; that of rank 0 decides.
            if rank == 0 and unwritten is None:
                infinite = step.infinite(state)
                fault = f"NaN or infinity in {', '.join(infinite[:5])}"
                if not infinite:
                    _, fault = attempted(save_checkpoint, given.out, state, done + 1, given.keep, known)
                unwritten = fault and at_step(fault)
            end_unless_all_could(unwritten, local_rank)
            saved = done + 1
        done += 1
    seconds = time.monotonic() - started
    if rank == 0:
        _, fault = attempted(write_state, given.out / "final.safetensors", state, done, known)
        unwritten = fault and f"{fault}; the checkpoint of step {saved} stays"
    end_unless_all_could(unwritten, local_rank)
    if rank == 0:
        share = waited / seconds if seconds > 0 else 0
        print(f"{done - first} steps in {seconds:.3f} s on {world} processes, {share:.1%} of it communication", flush=True)
    dist.barrier()
    sys.stdout.flush()
    # Taking the group down would wait, with Python's lock held, for a thread that may need it (PyTorch 2.6).
    os._exit(0)


if __name__ == "__main__":
    try:
        train(GIVEN)
    except RuntimeError:  # another process is gone or silent; torchrun starts all anew
        end_others()
        raise
