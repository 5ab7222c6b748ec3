/** Calls of the public functions of a package, as its declarations and examples make them: the doors of its errors. */

import * as gd from "../../src/index.ts";
import { x } from "./support.ts";
import { type Form, type Parameter, type Table, tableOf } from "./table.ts";

/** The calls of a package that its declarations alone do not tell. */
export interface Examples {
  /** The modules by the package's entries. */
  readonly modules: Readonly<Record<string, object>>;
  /** Arguments by the name of the function, where no example of a kind will do: all that it has. */
  readonly arguments: Readonly<Record<string, readonly unknown[]>>;
  /** Objects whose methods are called, by the class or the interface that declares them. */
  readonly instances: Readonly<Record<string, () => object>>;
  /** The names by which errors call the object of a method, where that is not the name of its class or interface. */
  readonly said: Readonly<Record<string, string>>;
  /** The entries whose functions are for authors of others: they are the readers, and nothing reads what they get. */
  readonly forAuthors?: readonly string[];
  /** Functions that are not called, and why. */
  readonly exempt: readonly Exemption[];
  /** Returns a value of any other kind. */
  readonly otherwise: () => unknown;
}

type Exemption = readonly [RegExp, string];

/** A call of a public function with arguments of one's own. */
export interface Call {
  /** The name in the table. */
  readonly name: string;
  /** The name in errors. */
  readonly op: string;
  readonly form: Form;
  /** All that the function has. */
  readonly forms: readonly Form[];
  /** The number of arguments before these: the tensor of a method. Default 0. */
  readonly before?: number;
  /** All arguments that the function has. */
  readonly full: readonly unknown[];
  readonly run: (inputs: readonly unknown[]) => unknown;
}

const definite = gd.tensor([
  [2, 0],
  [0, 1],
]);
const square = (a: gd.Tensor) => a.mul(a);

/** The exemptions of every package. */
const ALWAYS: readonly Exemption[] = [
  [/\.(toString|toJSON)$/, "JavaScript calls them, with arguments of its own"],
];

/** The public functions of a package. */
export class Doors {
  /** The forms of the functions, by entry and name. */
  readonly table: Table;
  readonly modules: Examples["modules"];
  readonly #examples: Examples;

  /** @param folder the URL of the package */
  constructor(folder: URL, examples: Examples) {
    this.table = tableOf(folder);
    this.modules = examples.modules;
    this.#examples = examples;
  }

  /** The names of all functions. */
  get names(): readonly string[] {
    return [...this.table.values()].flatMap((forms) => [...forms.keys()]);
  }

  /** The exemptions that this package needs, and those of every package. */
  get exempt(): readonly Exemption[] {
    return [...ALWAYS, ...this.#examples.exempt];
  }

  /** Returns the calls of an entry's functions, one for each form, and of those that are methods of Tensor as well. */
  callsOf(entry: string): readonly Call[] {
    if (this.#examples.forAuthors?.includes(entry)) return [];
    const module = this.modules[entry] ?? {};
    return [...(this.table.get(entry) ?? [])].flatMap(([name, forms]) => {
      if (this.exempt.some(([pattern]) => pattern.test(name))) return [];
      const calls = forms.map((form) => ({
        name,
        op: this.#opOf(name),
        form,
        forms,
        full: this.#argumentsOf(name, form),
        run: this.#runnerOf(module, name),
      }));
      return [...calls, ...calls.flatMap(asMethod)];
    });
  }

  /** Returns what a class makes of its example, by its name. */
  made(name: string): unknown {
    const module = Object.values(this.modules).find((each) => name in each) ?? {};
    return Reflect.construct(Reflect.get(module, name), this.#argumentsOf(`new ${name}`));
  }

  #runnerOf(module: object, name: string): Call["run"] {
    const [first = "", second] = name.split(/[ .]/);
    if (first === "new")
      return (inputs) => Reflect.construct(Reflect.get(module, second ?? ""), inputs);
    if (second === undefined)
      return (inputs) => Reflect.apply(Reflect.get(module, first), undefined, inputs);
    return (inputs) => {
      const owner =
        second === "forward"
          ? (this.made(first) as object)
          : (this.#examples.instances[first]?.() ?? Reflect.get(module, first));
      return Reflect.apply(Reflect.get(owner, second), owner, inputs);
    };
  }

  /** Returns all arguments that a function has, of values that it takes. */
  #argumentsOf(name: string, form?: Form): readonly unknown[] {
    const [first = []] = [...this.table.values()].flatMap((forms) => forms.get(name) ?? []);
    return this.#examples.arguments[name] ?? (form ?? first).map((each) => this.#exampleOf(each));
  }

  /** Returns a value of a parameter, where any of its kind will do. */
  #exampleOf({ name, kinds, options }: Parameter): unknown {
    if (options) {
      const required = options.filter((option) => !option.optional);
      return Object.fromEntries(required.map((each) => [each.name, this.#exampleOf(each)]));
    }
    const [kind = ""] = kinds;
    if (name === "a" || name === "b") return definite;
    if (kinds.includes("number") && name === "seed") return 1;
    if (kinds.includes("Tensor")) return x;
    if (kinds.includes("number")) return /^ax/.test(name) ? 0 : 1;
    if (kind === "function") return square;
    if (kind === "boolean") return true;
    if (kind === "[number]") return [2];
    if (kind === "[Tensor | number]") return [x];
    if (kind.startsWith('"')) return JSON.parse(kind);
    return this.#examples.instances[kind]?.() ?? this.#examples.otherwise();
  }

  #opOf(name: string): string {
    const [owner = "", method] = name.split(".");
    if (method === undefined) return name.replace("new ", "");
    return `${this.#examples.said[owner] ?? `${owner}.`}${method}`;
  }
}

/** Returns the same call of a method, which has one argument less. */
function asMethod(call: Call): readonly Call[] {
  const method = Object.getOwnPropertyDescriptor(gd.Tensor.prototype, call.name)?.value;
  const [subject, ...full] = call.full;
  if (typeof method !== "function") return [];
  const self = subject instanceof gd.Tensor ? subject : x;
  return [
    {
      ...call,
      name: `Tensor.${call.name}`,
      form: call.form.slice(1),
      forms: call.forms.map((form) => form.slice(1)),
      full,
      before: 1,
      run: (inputs) => Reflect.apply(method, self, inputs),
    },
  ];
}
