#!/usr/bin/env python3
"""Turns checkpoints of the official TRM code into safetensors files, and back.

The checkpoints are what torch.save makes of a state dict: a zip archive with a pickle that names the
tensors, and their bytes. A pickle is a program. This helper never runs it: it reads the instructions
(pickletools) and follows only the few that describe tensors in dictionaries; anything else is
refused by name. It needs Python 3.8 or later and nothing else, neither torch nor safetensors.
"""

import argparse
import json
import os
import pickle
import pickletools
import struct
import sys
import zipfile

EXAMPLES = """examples:
  official_to_safetensors.py checkpoints/RUN/step_65104 -o official.safetensors
      an all_config.yaml in the same folder goes along; trm_trainer import reads it
  official_to_safetensors.py model.pt --config all_config.yaml -o official.safetensors
  official_to_safetensors.py --to-pt official.safetensors -o step_0
      what trm_trainer export --official wrote, for the official code with DISABLE_COMPILE=1
  official_to_safetensors.py --to-pt --compiled official.safetensors -o step_0
      the same for the official code as it is, which compiles the model
"""

# torch's storage classes: the type in safetensors and the bytes of an element.
STORAGES = {
    "DoubleStorage": ("F64", 8), "FloatStorage": ("F32", 4), "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2), "LongStorage": ("I64", 8), "IntStorage": ("I32", 4),
    "ShortStorage": ("I16", 2), "CharStorage": ("I8", 1), "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
}  # fmt: skip
CLASS_OF = {dtype: (name, size) for name, (dtype, size) in STORAGES.items()}
WRAPPERS = ("model", "state_dict")
COMPILED = "_orig_mod."
CONFIG_BYTES = 64 << 10
CHUNK = 16 << 20


class Refused(Exception):
    """What is wrong with a file, for people."""


class Name:
    """A Python object that a pickle names. Nothing is imported for it."""

    def __init__(self, text):
        self.text = text


class Storage:
    def __init__(self, key, dtype, size, elements):
        self.key, self.dtype, self.size, self.elements = key, dtype, size, elements


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides
        self.elements = 1
        for side in shape:
            self.elements *= side

    def is_dense(self):
        expected = 1
        for side, stride in zip(reversed(self.shape), reversed(self.strides)):
            if side != 1 and stride != expected and self.elements > 0:
                return False
            expected *= side
        return True


def whole(value):
    if type(value) is not int or value < 0:
        raise Refused("a tensor's shape or offset is no whole number")
    return value


def make_storage(value):
    """("storage", class, key, device, number of elements), as torch.save names them."""
    if not isinstance(value, tuple) or len(value) < 5 or value[0] != "storage":
        raise Refused("the pickle refers to something outside that is no tensor's storage")
    kind, key, elements = value[1], value[2], value[4]
    name = kind.text if isinstance(kind, Name) else ""
    module, _, name = name.rpartition(" ")
    if module != "torch" or name not in STORAGES or not isinstance(key, str):
        raise Refused(f"a storage of the unknown type {module} {name}")
    dtype, size = STORAGES[name]
    return Storage(key, dtype, size, whole(elements))


def make_tensor(args):
    if len(args) < 4 or not isinstance(args[0], Storage):
        raise Refused("a tensor without storage")
    shape, strides = args[2], args[3]
    if not isinstance(shape, tuple) or not isinstance(strides, tuple) or len(shape) != len(strides):
        raise Refused("a tensor without shape")
    return Tensor(args[0], whole(args[1]), [whole(n) for n in shape], [whole(n) for n in strides])


def call(function, args):
    """The calls that describe tensors and dictionaries. Nothing is called by name."""
    name = function.text if isinstance(function, Name) else type(function).__name__
    if not isinstance(args, tuple):
        raise Refused(f"a call of {name} without arguments")
    if name == "collections OrderedDict" and not args:
        return {}
    if name == "torch._utils _rebuild_tensor_v2":
        return make_tensor(args)
    if name == "torch._utils _rebuild_parameter" and args and isinstance(args[0], Tensor):
        return args[0]
    if name == "torch.jit._pickle restore_type_tag" and args:
        return args[0]
    raise Refused(f"the pickle wants to call {name!r}, which makes no tensor")


class Machine:
    """Follows a pickle's instructions with values of our own."""

    PLAIN = {
        "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE",
        "SHORT_BINUNICODE", "BINUNICODE8",
    }  # fmt: skip
    FIXED = {"NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
             "EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}  # fmt: skip
    TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
    MARK = object()

    def __init__(self):
        self.stack, self.memo = [], {}

    def run(self, data):
        for opcode, arg, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return self.stack[-1]
            self.step(opcode.name, arg)
        raise Refused("the pickle has no end")

    def to_mark(self):
        at = len(self.stack) - 1
        while self.stack[at] is not self.MARK:
            at -= 1
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def fill(self, pairs):
        target = self.stack[-1]
        if not isinstance(target, dict):
            raise Refused("the pickle fills something that is no dictionary")
        for key, value in zip(pairs[::2], pairs[1::2]):
            if not isinstance(key, (str, int)):
                raise Refused("a dictionary's key is no text")
            target[key] = value

    def extend(self, values):
        if not isinstance(self.stack[-1], list):
            raise Refused("the pickle extends something that is no list")
        self.stack[-1].extend(values)

    def step(self, name, arg):
        stack = self.stack
        if name in self.PLAIN:
            stack.append(arg)
        elif name in self.FIXED:
            stack.append(self.FIXED[name]())
        elif name in ("PROTO", "FRAME"):
            pass
        elif name == "MARK":
            stack.append(self.MARK)
        elif name == "TUPLE":
            stack.append(tuple(self.to_mark()))
        elif name in self.TUPLES:
            count = self.TUPLES[name]
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[arg] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self.memo[arg])
        elif name == "GLOBAL":
            stack.append(Name(arg))
        elif name == "STACK_GLOBAL":
            stack[-2:] = [Name(f"{stack[-2]} {stack[-1]}")]
        elif name == "BINPERSID":
            stack.append(make_storage(stack.pop()))
        elif name == "REDUCE":
            stack[-2:] = [call(stack[-2], stack[-1])]
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self.fill([key, value])
        elif name == "SETITEMS":
            self.fill(self.to_mark())
        elif name == "APPEND":
            value = stack.pop()
            self.extend([value])
        elif name == "APPENDS":
            self.extend(self.to_mark())
        elif name == "BUILD" and isinstance(stack[-2], dict):
            stack.pop()  # an OrderedDict's attributes: torch's _metadata, versions of modules
        else:
            raise Refused(f"the pickle has the instruction {name}, which describes no tensor")


def read_pickle(data):
    try:
        return Machine().run(data)
    except (IndexError, KeyError, ValueError, UnicodeDecodeError, struct.error) as error:
        raise Refused(f"the pickle is damaged ({error})") from error


def state_dict(value):
    """The tensors by name; of a wrapper only its state dict."""
    for wrapper in WRAPPERS:
        if isinstance(value, dict) and isinstance(value.get(wrapper), dict):
            others = sorted(str(key) for key in value if key != wrapper)
            if others:
                print(f"taken from {wrapper!r}; left out: {', '.join(others)}", file=sys.stderr)
            value = value[wrapper]
            break
    if not isinstance(value, dict) or not value:
        raise Refused("the file holds no dictionary of tensors")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise Refused(f"{name!r} is {type(tensor).__name__}, no tensor: this is no state dict")
        if not tensor.is_dense():
            raise Refused(f"the tensor {name} is a view with gaps; save it with .contiguous()")
    return value


def open_archive(path):
    with open(path, "rb") as file:
        start = file.read(2)
    if start[:1] == b"\x80":
        raise Refused("a bare pickle, or a checkpoint from before PyTorch 1.6: save it again with "
                      "torch.save of a newer version")  # fmt: skip
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise Refused(f"no checkpoint of torch.save ({error})") from error


def read_checkpoint(archive):
    """The tensors, and the folder of their bytes inside the archive."""
    names = archive.namelist()
    pickles = [name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise Refused("the archive has no data.pkl: no checkpoint of torch.save")
    folder = pickles[0].rpartition("/")[0]
    order = folder + "/byteorder"
    if order in names and archive.read(order) != b"little":
        raise Refused("a checkpoint from a big-endian machine")
    return state_dict(read_pickle(archive.read(pickles[0]))), folder + "/data/"


def copy_bytes(source, out, count, what):
    while count > 0:
        data = source.read(min(count, CHUNK))
        if not data:
            raise Refused(f"the bytes of {what} are missing: the file is damaged")
        out.write(data)
        count -= len(data)


def skip_bytes(source, count):
    while count > 0:
        data = source.read(min(count, CHUNK))
        if not data:
            return
        count -= len(data)


def write_safetensors(out, archive, folder, tensors, metadata):
    header, at = {"__metadata__": metadata} if metadata else {}, 0
    for name, tensor in tensors.items():
        end = at + tensor.elements * tensor.storage.size
        header[name] = {"dtype": tensor.storage.dtype, "shape": tensor.shape,
                        "data_offsets": [at, end]}  # fmt: skip
        at = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    out.write(struct.pack("<Q", len(text)) + text)
    for name, tensor in tensors.items():
        if tensor.elements == 0:
            continue
        try:
            source = archive.open(folder + tensor.storage.key)
        except KeyError as error:
            raise Refused(f"the bytes of {name} are missing: the file is damaged") from error
        with source:
            skip_bytes(source, tensor.offset * tensor.storage.size)
            copy_bytes(source, out, tensor.elements * tensor.storage.size, name)


def config_text(path, config):
    """The run's configuration: named, or all_config.yaml beside the checkpoint."""
    if config is None:
        config = os.path.join(os.path.dirname(path), "all_config.yaml")
        if not os.path.exists(config):
            return ""
    if not config:
        return ""
    with open(config, encoding="utf-8") as file:
        text = file.read(CONFIG_BYTES + 1)
    if len(text) > CONFIG_BYTES:
        raise Refused(f"{config} is over 64 KiB")
    return text


def to_safetensors(path, out, config):
    with open_archive(path) as archive:
        tensors, folder = read_checkpoint(archive)
        metadata = {"format": "pt"}
        text = config_text(path, config)
        if text:
            metadata["config"] = text
        write_safetensors(out, archive, folder, tensors, metadata)
    return len(tensors)


# The way back: a state dict as torch.save writes it.


def pickled(value):
    """One value in pickle protocol 2."""
    if value is False:
        return b"\x89"
    if isinstance(value, int):
        if value < 1 << 31:
            return b"J" + struct.pack("<i", value)
        digits = pickle.encode_long(value)
        return b"\x8a" + struct.pack("<B", len(digits)) + digits
    if isinstance(value, str):
        data = value.encode()
        return b"X" + struct.pack("<I", len(data)) + data
    if isinstance(value, Name):
        return b"c" + value.text.replace(" ", "\n").encode() + b"\n"
    if isinstance(value, tuple):
        return b"(" + b"".join(pickled(item) for item in value) + b"t"
    return value  # ready instructions


def pickled_tensor(key, dtype, shape):
    elements, strides = 1, []
    for side in reversed(shape):
        strides.insert(0, elements)
        elements *= side
    kind = Name("torch " + CLASS_OF[dtype][0])
    storage = pickled(("storage", kind, key, "cpu", elements)) + b"Q"
    hooks = pickled(Name("collections OrderedDict")) + b")R"
    rebuild = Name("torch._utils _rebuild_tensor_v2")
    return pickled(rebuild) + pickled((storage, 0, tuple(shape), tuple(strides), False, hooks)) + b"R"


def read_header(file):
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > 16 << 20:
            raise ValueError("its header is too long")
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {})
        for entry in header.values():
            begin, end = entry["data_offsets"]
            size = CLASS_OF[entry["dtype"]][1]
            for side in entry["shape"]:
                size *= side
            if begin < 0 or end - begin != size:
                raise ValueError("offsets disagree with a shape")
        return header, metadata, 8 + length
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise Refused(f"no safetensors file with weights ({error!r})") from error


def to_pt(path, out, compiled):
    with open(path, "rb") as file, zipfile.ZipFile(out, "w") as archive:
        header, metadata, start = read_header(file)
        if "trm.format" in metadata:
            raise Refused("a model of ours: first trm_trainer export --official MODEL FILE")
        body = b"\x80\x02}"
        for key, (name, entry) in enumerate(header.items()):
            if compiled and not name.startswith(COMPILED):
                name = COMPILED + name
            body += pickled(name) + pickled_tensor(str(key), entry["dtype"], entry["shape"]) + b"s"
        archive.writestr("archive/data.pkl", body + b".")
        archive.writestr("archive/byteorder", b"little")
        for key, (name, entry) in enumerate(header.items()):
            begin, end = entry["data_offsets"]
            info = zipfile.ZipInfo(f"archive/data/{key}")
            info.file_size = end - begin
            file.seek(start + begin)
            with archive.open(info, "w") as target:
                copy_bytes(file, target, end - begin, name)
        archive.writestr("archive/version", b"3\n")
    return len(header)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="checkpoint of torch.save; with --to-pt a safetensors file")
    parser.add_argument("-o", "--out", required=True, help="file to write")
    parser.add_argument("--config", help="the run's all_config.yaml; '' for none")
    parser.add_argument("--to-pt", action="store_true", help="the way back: a state dict for torch")
    parser.add_argument("--compiled", action="store_true",
                        help=f"with --to-pt: names begin with {COMPILED}, as torch.compile has them")  # fmt: skip
    args = parser.parse_args()
    temporary = f"{args.out}.tmp{os.getpid()}"
    try:
        with open(temporary, "wb") as out:
            if args.to_pt:
                count = to_pt(args.file, out, args.compiled)
            else:
                count = to_safetensors(args.file, out, args.config)
        os.replace(temporary, args.out)
    except (Refused, OSError, zipfile.BadZipFile) as error:
        print(f"official_to_safetensors.py: {args.file}: {error}", file=sys.stderr)
        return 1
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    print(f"{count} tensors: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
