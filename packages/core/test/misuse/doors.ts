/** Makes calls of the public functions of a package from its declarations and examples. */

import * as gd from "../../src/index.ts";
import { x } from "./support.ts";
import { type Form, type Parameter, type Table, tableOf } from "./table.ts";

/** Facts for calls of a package that its declarations do not contain. */
export interface Examples {
  /** The modules, by the names of the package's entry points. */
  readonly modules: Readonly<Record<string, object>>;
  /** The arguments of functions for which general examples do not fit, by the function's name. */
  readonly arguments: Readonly<Record<string, readonly unknown[]>>;
  /** Returns objects whose methods are called, by the class or interface that declares the methods. */
  readonly instances: Readonly<Record<string, () => object>>;
  /** The names that errors give to the object of a method, where they differ from its class or interface. */
  readonly said: Readonly<Record<string, string>>;
  /** Entry points for authors of libraries, whose functions check arguments for others and not their own. */
  readonly forAuthors?: readonly string[];
  /** Functions that are not called, with the reasons. */
  readonly exempt: readonly Exemption[];
  /** Returns a value for a parameter of any other kind. */
  readonly otherwise: () => unknown;
}

type Exemption = readonly [RegExp, string];

/** A call of a public function whose arguments can be replaced. */
export interface Call {
  /** The function's name in the table. */
  readonly name: string;
  /** The function's name in errors. */
  readonly op: string;
  readonly form: Form;
  /** All forms of the function. */
  readonly forms: readonly Form[];
  /** The number of arguments before `full`, such as the tensor of a method. Default 0. */
  readonly before?: number;
  /** Valid values for all arguments. */
  readonly full: readonly unknown[];
  readonly run: (inputs: readonly unknown[]) => unknown;
}

const definite = gd.tensor([
  [2, 0],
  [0, 1],
]);
const square = (a: gd.Tensor) => a.mul(a);

/** The exemptions for all packages. */
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

  /**
   * Returns the calls of an entry's functions, one for each form. Functions that are also methods of Tensor are called
   * as methods, too.
   */
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

  /** Returns an instance of a class, by its name, constructed with example arguments. */
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

  /** Returns valid values for all arguments of a function. */
  #argumentsOf(name: string, form?: Form): readonly unknown[] {
    const [first = []] = [...this.table.values()].flatMap((forms) => forms.get(name) ?? []);
    return this.#examples.arguments[name] ?? (form ?? first).map((each) => this.#exampleOf(each));
  }

  /** Returns a valid value for a parameter, from its kind. */
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

/** Returns the call as a method of Tensor, which has one argument fewer; none if there is no such method. */
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
