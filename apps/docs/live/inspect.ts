/**
 * Texts of values as Node's `console.log` writes them, so that a block prints the same in the page as in Node. Lines
 * are broken by the rules of Node's `lib/internal/util/inspect.js`.
 */

/** The name of the method that returns the text of an object. */
const CUSTOM = Symbol.for("nodejs.util.inspect.custom");

const BREAK_LENGTH = 80;
/** The number of innermost levels of objects that may share one line. */
const COMPACT = 3;
const DEPTH = 2;
const MOST_ELEMENTS = 100;

/** The position of a text within the written value. */
interface Context {
  indentation: number;
  /** The depth of the last object that was started. */
  begun: number;
  readonly above: object[];
}

/** Returns the line that `console.log(...values)` writes. */
export function formatLine(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  const parts: string[] = [];
  let used = 0;
  if (typeof first === "string") {
    parts.push(
      rest.length === 0
        ? first
        : first.replace(/%([sdifjoOc%])/g, (directive, kind: string) => {
            if (kind === "%") return "%";
            if (used >= rest.length) return directive;
            return directed(kind, rest[used++]);
          }),
    );
  } else if (values.length > 0) parts.push(inspect(first));
  for (const value of rest.slice(used))
    parts.push(typeof value === "string" ? value : inspect(value));
  return parts.join(" ");
}

function directed(kind: string, value: unknown): string {
  switch (kind) {
    case "s":
      return typeof value === "string" ? value : inspect(value);
    case "d":
      return inspect(Number(value));
    case "i":
      return inspect(Number.parseInt(String(value), 10));
    case "f":
      return inspect(Number.parseFloat(String(value)));
    case "j":
      return JSON.stringify(value);
    case "c":
      return "";
    default:
      return inspect(value);
  }
}

/** Returns the text of a value as Node's `util.inspect` writes it. */
export function inspect(value: unknown): string {
  return textOf(value, { indentation: 0, begun: 0, above: [] }, 0);
}

function textOf(value: unknown, context: Context, depth: number): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : textOfObject(value, context, depth);
    case "function":
      return textOfObject(value, context, depth);
    default:
      return String(value);
  }
}

function quoted(text: string): string {
  const sign = ["'", '"', "`"].find((each) => !text.includes(each)) ?? "'";
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return sign + (sign === "'" ? escaped.replaceAll("'", "\\'") : escaped) + sign;
}

function textOfObject(value: object, context: Context, depth: number): string {
  const own: unknown = Reflect.get(value, CUSTOM);
  if (typeof own === "function") {
    const options = { depth: DEPTH - depth };
    const said: unknown = own.call(value, DEPTH - depth, options, inspect);
    if (typeof said !== "string") return textOf(said, context, depth);
    return said.replaceAll("\n", `\n${" ".repeat(context.indentation)}`);
  }
  if (context.above.includes(value)) return "[Circular *1]";
  if (value instanceof Error) return textOfError(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  const name = nameOf(value);
  const isList = Array.isArray(value);
  if (depth > DEPTH) return isList ? "[Array]" : `[${name ?? "Object: null prototype"}]`;
  context.begun = depth;
  context.above.push(value);
  const { entries, prefix, braces } = parts(value, name, context, depth);
  context.above.pop();
  if (entries.length === 0) {
    if (typeof value === "function") return prefix;
    return `${prefix}${braces[0]}${braces[1]}`;
  }
  const opened = typeof value === "function" ? `${prefix} {` : `${prefix}${braces[0]}`;
  return inLines(entries, opened, braces[1], context, depth, listOf(value));
}

function textOfError(error: Error): string {
  const { name, message } = error;
  return message === "" ? name : `${name}: ${message}`;
}

function nameOf(value: object): string | undefined {
  for (let each: object | null = value; each !== null; each = Object.getPrototypeOf(each)) {
    const own = Object.getOwnPropertyDescriptor(each, "constructor")?.value;
    if (typeof own === "function" && own.name !== "") return own.name;
  }
  return undefined;
}

/** Returns the elements of an array or of a typed array. */
function listOf(value: object): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && "length" in value
    ? (value as unknown as ArrayLike<unknown>) // a view with a length is a typed array
    : undefined;
}

function parts(value: object, name: string | undefined, context: Context, depth: number) {
  const list = listOf(value);
  const deeper = (inner: unknown) => {
    context.indentation += 2;
    const text = textOf(inner, context, depth + 1);
    context.indentation -= 2;
    return text;
  };
  if (list !== undefined) {
    const { length } = list;
    const shown = Math.min(length, MOST_ELEMENTS);
    const entries = Array.from({ length: shown }, (_, i) => deeper(list[i]));
    if (length > shown) {
      const more = length - shown;
      entries.push(`... ${more} more item${more > 1 ? "s" : ""}`);
    }
    const prefix = Array.isArray(value) && name === "Array" ? "" : `${name}(${length}) `;
    return { entries, prefix, braces: ["[", "]"] as const };
  }
  const braces = ["{", "}"] as const;
  if (value instanceof Map) {
    const entries = [...value].map(([key, each]) => `${deeper(key)} => ${deeper(each)}`);
    return { entries, prefix: `Map(${value.size}) `, braces };
  }
  if (value instanceof Set)
    return { entries: [...value].map(deeper), prefix: `Set(${value.size}) `, braces };
  const entries = Reflect.ownKeys(value).flatMap((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined || !property.enumerable) return [];
    const { get, set } = property;
    const text =
      get || set
        ? `[${[get && "Getter", set && "Setter"].filter(Boolean).join("/")}]`
        : deeper(property.value);
    return [`${keyText(key)}: ${text}`];
  });
  if (typeof value === "function") return { entries, prefix: functionText(value), braces };
  const tag = Reflect.get(value, Symbol.toStringTag);
  const tagged = typeof tag === "string" && tag !== "" && tag !== name ? `[${tag}] ` : "";
  const plain = name === "Object" ? "" : `${name ?? "[Object: null prototype]"} `;
  return { entries, prefix: tagged === "" ? plain : `${name} ${tagged}`, braces };
}

function keyText(key: string | symbol): string {
  if (typeof key === "symbol") return `[${String(key)}]`;
  return /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key) ? key : quoted(key);
}

function functionText(value: { readonly name: string }): string {
  const name = value.name || "(anonymous)";
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return `[Function: ${name}]`;
  const above: { readonly name?: string } = Object.getPrototypeOf(value);
  return above.name ? `[class ${name} extends ${above.name}]` : `[class ${name}]`;
}

/** Returns entries in one line if they fit; many short entries of a list in columns. */
function inLines(
  entries: string[],
  opened: string,
  closed: string,
  context: Context,
  depth: number,
  list: ArrayLike<unknown> | undefined,
): string {
  const output =
    list !== undefined && entries.length > 6 ? inColumns(entries, list, context) : entries;
  if (context.begun - depth < COMPACT && output.length === entries.length) {
    const used = 2 * output.length + context.indentation + opened.length + 10;
    const length = output.reduce((sum, each) => sum + each.length, used);
    const joined = output.join(", ");
    if (length <= BREAK_LENGTH && !joined.includes("\n")) return `${opened} ${joined} ${closed}`;
  }
  const line = `\n${" ".repeat(context.indentation)}`;
  return `${opened}${line}  ${output.join(`,${line}  `)}${line}${closed}`;
}

function inColumns(entries: string[], list: ArrayLike<unknown>, context: Context): string[] {
  const isCut = list.length > MOST_ELEMENTS;
  const shown = isCut ? entries.slice(0, -1) : entries;
  const lengths = shown.map((each) => each.length);
  const longest = Math.max(...lengths);
  const widest = longest + 2;
  const total = lengths.reduce((sum, each) => sum + each + 2, 0);
  if (widest * 3 + context.indentation >= BREAK_LENGTH) return entries;
  if (total / widest <= 5 && longest > 6) return entries;
  const biased = Math.max(widest - 3 - Math.sqrt(widest - total / entries.length), 1);
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * biased * shown.length) / biased),
    Math.floor((BREAK_LENGTH - context.indentation) / widest),
    COMPACT * 4,
    15,
  );
  if (columns <= 1) return entries;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lengths.filter((_, i) => i % columns === column)),
  );
  const first = Array.from({ length: list.length }, (_, i) => list[i]);
  const areNumbers = first.every((each) => typeof each === "number" || typeof each === "bigint");
  const rows: string[] = [];
  for (let start = 0; start < shown.length; start += columns) {
    const row = shown.slice(start, start + columns).map((each, i, all) => {
      const text = i < all.length - 1 ? `${each}, ` : each;
      const width = (widths[i] ?? 0) + (text.length - each.length);
      if (areNumbers) return text.padStart(width);
      return i < all.length - 1 ? text.padEnd(width) : text;
    });
    rows.push(row.join(""));
  }
  return isCut ? [...rows, entries.at(-1) ?? ""] : rows;
}
