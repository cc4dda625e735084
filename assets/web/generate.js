// New boards: a form made of what GET /puzzles says about the generator.

import { post } from "./api.js";
import { byId, el, showError } from "./dom.js";

const OTHER = "other";

export class Generate {
  #info = null;
  #seed = null;
  #made;
  #busy = false;

  /** made(board) puts the new board in the place of the old one. */
  constructor(made) {
    this.#made = made;
    byId("generate-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.reportValidity()) this.#run();
    });
  }

  open(info) {
    this.#info = info;
    this.#seed = null;
    byId("generate-card").hidden = !info.generates;
    byId("seed-used").replaceChildren();
    showError("generate-error", null);
    byId("generate-fields").replaceChildren(...this.#mainFields(info));
    byId("generate-options").replaceChildren(
      ...info.options.map(optionField), seedField());
  }

  #mainFields({ sizes, difficulties }) {
    const fields = [];
    if (sizes.length > 0) fields.push(...sizeFields(sizes));
    if (difficulties.length > 0) {
      fields.push(field("difficulty", "Difficulty", el("select", { id: "difficulty" },
        el("option", { value: "" }, "mixed"),
        ...difficulties.map((name) => el("option", { value: name }, name)))));
    }
    return fields;
  }

  #body() {
    const body = { puzzle: this.#info.name };
    const value = (id) => byId(id)?.value.trim() ?? "";
    const size = value("size") === OTHER ? value("other-size") : value("size");
    if (size !== "") body.size = size;
    if (value("difficulty") !== "") body.difficulty = value("difficulty");
    if (value("seed") !== "") body.seed = Number(value("seed"));
    const options = this.#info.options.filter(({ name }) => value(`option-${name}`) !== "");
    if (options.length > 0) {
      body.options = Object.fromEntries(
        options.map(({ name }) => [name, Number(value(`option-${name}`))]));
    }
    return body;
  }

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
    byId("generate").disabled = true;
    showError("generate-error", null);
    try {
      const body = this.#body();
      const { boards, seed } = await post("generate", body);
      if (body.puzzle !== this.#info.name) return; // another one was chosen meanwhile
      await this.#made(boards[0]);
      this.#showSeed(seed);
    } catch (error) {
      showError("generate-error", error);
    } finally {
      this.#busy = false;
      byId("generate").disabled = false;
    }
  }

  #showSeed(seed) {
    this.#seed = seed;
    const keep = el("button", { type: "button", class: "link" }, "keep it");
    keep.addEventListener("click", () => {
      byId("generate-more").open = true;
      byId("seed").value = String(this.#seed);
      byId("seed").focus();
    });
    byId("seed-used").replaceChildren(`Seed ${seed} `, keep);
  }
}

function field(id, text, control, help = null) {
  if (help !== null) control.setAttribute("aria-describedby", `${id}-help`);
  return el("div", { class: "field" }, el("label", { for: id }, text), control,
    help === null ? null : el("p", { class: "note", id: `${id}-help` }, help));
}

function sizeFields(sizes) {
  const select = el("select", { id: "size" },
    ...sizes.map((size) => el("option", { value: size }, size)),
    el("option", { value: OTHER }, "other\u2026"));
  const other = field("other-size", "Other size", el("input", { id: "other-size", size: "8" }));
  other.hidden = true;
  select.addEventListener("change", () => {
    other.hidden = select.value !== OTHER;
    if (!other.hidden) byId("other-size").focus();
  });
  return [field("size", "Size", select), other];
}

function optionField(option) {
  const control = el("input", {
    id: `option-${option.name}`, type: "number", step: "any", min: option.minimum,
    max: option.maximum, placeholder: option.default,
  });
  const name = option.name.replaceAll("_", " ");
  return field(control.id, name[0].toUpperCase() + name.slice(1), control, option.help);
}

function seedField() {
  const control = el("input", {
    id: "seed", type: "number", inputmode: "numeric", step: "1", min: "0",
    max: String(Number.MAX_SAFE_INTEGER), placeholder: "random",
  });
  return field("seed", "Seed", control, "the same seed makes the same board again");
}
