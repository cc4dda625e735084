// The helper that turns checkpoints into safetensors files, run for real, and the program's import
// and export as processes. Checkpoints come from torch's own writer and from Python's pickle in the
// form of torch.save; torch's own reader reads what comes back.
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>

#include "tests/trainer/files.h"
#include "tests/trainer/official_models.h"

using namespace trm;
using trm::test::read_file;
using trm::test::small_arch;
using trm::test::StateDict;
using trm::test::TempDir;
using trm::test::write_file;
namespace fs = std::filesystem;

namespace {

const std::string kHelper = std::string(TRM_SOURCE_DIR) + "/trainer/official_to_safetensors.py";
const std::string kFlags =
    " --puzzle sudoku --size 4x4 --set arch.H_cycles=2 --set arch.L_cycles=3 --set "
    "arch.num_heads=2 "
    "--set arch.halt_max_steps=5 --set arch.puzzle_emb_len=3 --set arch.pos_encodings=rope "
    "--set arch.loss=softmax";

// The helper needs no packages, so that any Python does.
std::string python() {
  const char* named = std::getenv("TRM_TEST_PYTHON");
  return named != nullptr ? named : "python3";
}

struct Run {
  int status = -1;
  std::string text;  // both outputs
};
Run run(const TempDir& dir, const std::string& command) {
  const std::string log = dir / "log";
  const int status = std::system((command + " >'" + log + "' 2>&1").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(log)};
}
Run helper(const TempDir& dir, const std::string& arguments) {
  return run(dir, "'" + python() + "' '" + kHelper + "' " + arguments);
}
Run trainer(const TempDir& dir, const std::string& arguments) {
  return run(dir, "'" + std::string(TRM_BIN_DIR) + "/trm_trainer' " + arguments);
}

std::string quoted(const std::string& path) { return "'" + path + "'"; }

ModelFile model_in(const TempDir& dir) {
  return test::write_random_model(dir / "x.safetensors",
                                  small_arch(Mixer::attention, PosEncoding::rope, true));
}

/// torch's own writer and reader of checkpoints.
void torch_save(const StateDict& dict, const std::string& path) {
  c10::Dict<std::string, at::Tensor> values;
  for (const auto& [name, tensor] : dict.tensors) values.insert(name, tensor);
  const std::vector<char> bytes = torch::pickle_save(values);
  write_file(path, std::string(bytes.begin(), bytes.end()));
}
StateDict torch_load(const std::string& path) {
  const std::string text = read_file(path);
  const auto value = torch::pickle_load(std::vector<char>(text.begin(), text.end()));
  StateDict dict;
  for (const auto& item : value.toGenericDict()) {
    dict.tensors[item.key().toStringRef()] = item.value().toTensor();
  }
  return dict;
}

// Python's own pickler, with the classes and calls of torch.save and no torch: the state dict of a
// safetensors file (compiled names, bfloat16 start states' attributes and all), in some forms.
const char* const kSave = R"(
import collections, io, json, pickle, struct, sys, types, zipfile
source, out, form = sys.argv[1:]
torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})
for name in ("FloatStorage", "BFloat16Storage"):
    setattr(torch, name, type(name, (), {"__module__": "torch", "__qualname__": name}))
def _rebuild_tensor_v2(*args): raise SystemExit("executed")
_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
class Storage:
    pass
class Tensor:
    def __init__(self, key, kind, shape, offset=0, extra=0):
        self.storage, self.shape, self.offset = Storage(), shape, offset
        self.strides, n = [], 1
        for side in reversed(shape):
            self.strides.insert(0, n)
            n *= side
        self.storage.value = ("storage", getattr(torch, kind), key, "cuda:0", n + offset + extra)
    def __reduce_ex__(self, protocol):
        return _rebuild_tensor_v2, (self.storage, self.offset, tuple(self.shape),
                                    tuple(self.strides), False, collections.OrderedDict())
class Pickler(pickle._Pickler):
    def persistent_id(self, value):
        return value.value if isinstance(value, Storage) else None
class Evil:
    def __reduce__(self):
        import os
        return os.system, ("touch '" + out + ".executed'",)
data = open(source, "rb").read()
(length,) = struct.unpack("<Q", data[:8])
header = json.loads(data[8 : 8 + length])
header.pop("__metadata__", None)
state, blobs = collections.OrderedDict(), {}
state._metadata = collections.OrderedDict({"": {"version": 1}})
for i, (name, entry) in enumerate(sorted(header.items())):
    begin, end = (8 + length + at for at in entry["data_offsets"])
    kind = {"F32": "FloatStorage", "BF16": "BFloat16Storage"}[entry["dtype"]]
    # One tensor lies inside a larger storage, as slices do.
    offset, extra = (3, 2) if i == 0 else (0, 0)
    size = 4 if kind == "FloatStorage" else 2
    state["_orig_mod." + name] = Tensor(str(i), kind, entry["shape"], offset, extra)
    blobs[i] = b"\xff" * (offset * size) + data[begin:end] + b"\xff" * (extra * size)
if form == "gaps": next(iter(state.values())).strides[0] += 1
value = {"plain": state, "gaps": state, "lightning": {"state_dict": state, "epoch": 3},
         "model": {"model": state, "step": 7}, "number": {**state, "step": 7},
         "evil": {**state, "x": Evil()}, "raw": Evil()}.get(form, state)
file = io.BytesIO()
Pickler(file, 2).dump(value)
if form == "raw":
    open(out, "wb").write(file.getvalue())
    sys.exit()
with zipfile.ZipFile(out, "w") as archive:
    archive.writestr("step_9/data.pkl", file.getvalue())
    archive.writestr("step_9/byteorder", "little")
    for i, blob in blobs.items():
        archive.writestr(f"step_9/data/{i}", blob[: len(blob) // 2] if form == "cut" else blob)
    archive.writestr("step_9/version", "3\n")
)";

void python_save(const TempDir& dir, const std::string& out, const std::string& form) {
  write_file(dir / "save.py", kSave);
  const Run saved =
      run(dir, "'" + python() + "' " + quoted(dir / "save.py") + " " +
                   quoted(dir / "official.safetensors") + " " + quoted(out) + " " + form);
  INFO(saved.text);
  REQUIRE(saved.status == 0);
}

}  // namespace

TEST_CASE("A checkpoint is refused with the command that converts it", "[official][process]") {
  const TempDir dir;
  const ModelFile model = model_in(dir);
  torch_save(StateDict::read(dir / "x.safetensors").renamed("model."), dir / "step_7");
  write_file(dir / "bare", std::string("\x80\x02}q\x00.", 6));
  write_file(dir / "old.pt", std::string("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15));
  for (const char* name : {"step_7", "bare", "old.pt"}) {
    ImportRequest request;
    request.path = dir / name;
    request.out = dir / "y.safetensors";
    const auto refused = import_official(request);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::unsupported);
    CHECK(refused.error().message.find("official_to_safetensors.py") != std::string::npos);
    CHECK_FALSE(fs::exists(request.out));
  }
  // The command in the message works as it stands.
  const Run refused = trainer(dir, "import " + quoted(dir / "step_7") + " -o y.safetensors");
  CHECK(refused.status == 1);
  const auto begin = refused.text.find("python3 ");
  REQUIRE(begin != std::string::npos);
  const std::string command = refused.text.substr(begin, refused.text.find('\n', begin) - begin);
  const Run converted = run(dir, command);
  INFO(command << "\n" << converted.text);
  CHECK(converted.status == 0);
  const Run imported = trainer(dir, "import " + quoted(dir / "step_7.safetensors") + " -o " +
                                        quoted(dir / "y.safetensors") + kFlags);
  INFO(imported.text);
  CHECK(imported.status == 0);
  const auto y = open_model_file(dir / "y.safetensors");
  REQUIRE(y.ok());
  test::check_same_tensors(model.weights.tensors(), y->weights.tensors());
  CHECK(y->info.arch == model.info.arch);
}

TEST_CASE("A safetensors file that begins like a pickle is none", "[official]") {
  const TempDir dir;
  model_in(dir);
  ImportRequest request;
  request.path = dir / "official.safetensors";
  request.out = dir / "y.safetensors";
  const StateDict dict = StateDict::read(dir / "x.safetensors");
  // A header of 0x...80 0x0N bytes: lengthened until its length has the pickle's first bytes.
  bool met = false;
  for (std::size_t pad = 0; pad < 70'000 && !met; pad += 8) {
    const std::size_t length = 2048 + pad;
    if (length % 256 != 0x80 || length / 256 % 256 > 5 || length / 256 % 256 < 1) continue;
    dict.write(request.path, {{"pad", ""}});
    const std::string bare = read_file(request.path);
    std::uint64_t now = 0;
    std::memcpy(&now, bare.data(), 8);
    if (length < now) continue;
    dict.write(request.path, {{"pad", std::string(length - now, ' ')}});
    const std::string text = read_file(request.path);
    std::memcpy(&now, text.data(), 8);
    met = now == length;
    CHECK(text[0] == '\x80');
  }
  REQUIRE(met);
  const auto info = import_official(request);  // no puzzle is named, so it got that far
  REQUIRE_FALSE(info.ok());
  CHECK(info.error().code == ErrorCode::invalid_config);
}

TEST_CASE("The helper reads what torch.save writes, wrapped and compiled", "[official][process]") {
  const TempDir dir;
  const ModelFile model = model_in(dir);
  REQUIRE(write_official(dir / "official.safetensors", model).ok());
  for (const char* form : {"plain", "lightning", "model"}) {
    INFO(form);
    python_save(dir, dir / "step_9", form);
    const Run converted =
        helper(dir, quoted(dir / "step_9") + " -o " + quoted(dir / "c.safetensors"));
    INFO(converted.text);
    REQUIRE(converted.status == 0);
    const StateDict c = StateDict::read(dir / "c.safetensors", "_orig_mod.");
    const StateDict official = StateDict::read(dir / "official.safetensors");
    REQUIRE(c.tensors.size() == official.tensors.size());
    for (const auto& [name, tensor] : official.tensors) {
      INFO(name);
      REQUIRE(c.tensors.contains(name));
      CHECK(c.tensors.at(name).dtype() == tensor.dtype());
      CHECK(torch::equal(c.tensors.at(name), tensor));
    }
    fs::remove(dir / "c.safetensors");
  }
  // A configuration beside the checkpoint goes along, so that no flags are needed for it.
  write_file(dir / "all_config.yaml",
             "arch:\n  H_cycles: 2\n  L_cycles: 3\n  num_heads: 2\n  halt_max_steps: 5\n"
             "  puzzle_emb_len: 3\n  pos_encodings: rope\n  loss:\n    loss_type: "
             "softmax_cross_entropy\n");
  python_save(dir, dir / "step_9", "plain");
  REQUIRE(helper(dir, quoted(dir / "step_9") + " -o " + quoted(dir / "c.safetensors")).status == 0);
  ImportRequest request;
  request.path = dir / "c.safetensors";
  request.out = dir / "y.safetensors";
  request.puzzle = "sudoku";
  request.size = "4x4";
  const auto info = import_official(request);
  if (!info) FAIL(info.error().message);
  CHECK(info->arch == model.info.arch);
  const auto y = open_model_file(request.out);
  REQUIRE(y.ok());
  test::check_same_tensors(model.weights.tensors(), y->weights.tensors());
}

TEST_CASE("The helper runs no pickle and refuses what is no tensor", "[official][process]") {
  const TempDir dir;
  REQUIRE(write_official(dir / "official.safetensors", model_in(dir)).ok());
  const std::pair<const char*, const char*> forms[] = {{"evil", "system"},
                                                       {"raw", "bare pickle"},
                                                       {"number", "'step' is int"},
                                                       {"cut", "are missing"},
                                                       {"gaps", "gaps"}};
  for (const auto& [form, words] : forms) {
    INFO(form);
    const std::string path = dir / form;
    python_save(dir, path, form);
    const Run refused = helper(dir, quoted(path) + " -o " + quoted(dir / "c.safetensors"));
    INFO(refused.text);
    CHECK(refused.status == 1);
    CHECK(refused.text.find(words) != std::string::npos);
    CHECK(refused.text.find("Traceback") == std::string::npos);
    CHECK_FALSE(fs::exists(path + ".executed"));
    CHECK_FALSE(fs::exists(dir / "c.safetensors"));
    const Run imported = trainer(dir, "import " + quoted(path) + " -o " + quoted(dir / "y"));
    CHECK(imported.status == 1);
    CHECK_FALSE(fs::exists(path + ".executed"));
  }
  // The same bytes are indeed a program: Python's unpickler runs it.
  const Run unsafe = run(
      dir, "'" + python() + "' -c \"import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))\" " +
               quoted(dir / "raw"));
  INFO(unsafe.text);
  CHECK(fs::exists(dir / "raw.executed"));
  for (const auto& entry : fs::directory_iterator(dir.path)) {
    CHECK(entry.path().string().find(".tmp") == std::string::npos);
  }
  CHECK(helper(dir, "--help").text.find("step_65104") != std::string::npos);
}

TEST_CASE("The real program imports, evaluates and exports; torch reads the way back",
          "[official][process]") {
  const TempDir dir;
  const ModelFile model = model_in(dir);
  const auto succeeds = [&](const Run& done) {
    INFO(done.text);
    REQUIRE(done.status == 0);
  };
  succeeds(trainer(dir, "export --official " + quoted(dir / "x.safetensors") + " " +
                            quoted(dir / "official.safetensors")));
  for (const bool compiled : {false, true}) {
    succeeds(helper(dir, std::string("--to-pt ") + (compiled ? "--compiled " : "") +
                             quoted(dir / "official.safetensors") + " -o " +
                             quoted(dir / "step_0")));
    const StateDict back = torch_load(dir / "step_0");
    const std::string prefix = compiled ? "_orig_mod.model." : "model.";
    REQUIRE(back.tensors.size() == model.weights.tensors().size());
    for (const auto& [name, view] : model.weights.tensors()) {
      INFO(name);
      REQUIRE(back.tensors.contains(prefix + name));
      CHECK(torch::equal(back.tensors.at(prefix + name).to(torch::kFloat32), to_torch(view)));
    }
  }
  succeeds(helper(dir, quoted(dir / "step_0") + " -o " + quoted(dir / "again.safetensors")));
  succeeds(trainer(dir, "import " + quoted(dir / "again.safetensors") + " -o " +
                            quoted(dir / "y.safetensors") + kFlags));
  const auto y = open_model_file(dir / "y.safetensors");
  REQUIRE(y.ok());
  test::check_same_tensors(model.weights.tensors(), y->weights.tensors());
  const Run scored = trainer(
      dir, "eval " + quoted(dir / "y.safetensors") + " --count 2 --max-steps 1 --threads 1 --json");
  succeeds(scored);
  CHECK(scored.text.find("\"boards\":2") != std::string::npos);
  CHECK(trainer(dir, "import " + quoted(dir / "y.safetensors") + " -o z").status == 1);
  CHECK(trainer(dir, "import " + quoted(dir / "again.safetensors")).status == 1);
}
