// The fields of a message's input, read with errors that name them.

/** Returns the numbers of nested lists in row-major order. */
function flat(value: unknown, path: string): number[] {
  const all = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  const wrong = all.findIndex((each) => typeof each !== "number");
  if (!Array.isArray(value) || wrong >= 0) {
    const got = Array.isArray(value) ? JSON.stringify(all[wrong]) : JSON.stringify(value);
    throw new Error(`${path}: expected a list of numbers, got ${got ?? "nothing"}`);
  }
  return all as number[];
}

/** The input of a message, or an object inside of it. */
export class Fields {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path = "input") {
    this.#value = value;
    this.#path = path;
  }

  /** Returns a number: the input itself, or a field of it. */
  number(name?: string): number {
    const value = name === undefined ? this.#value : this.#field(name);
    if (typeof value !== "number") throw this.#error(name, "a number", value);
    return value;
  }

  /** Returns a whole number from 0. */
  count(name: string): number {
    const value = this.#field(name);
    if (!Number.isInteger(value) || (value as number) < 0) {
      throw this.#error(name, "a whole number from 0", value);
    }
    return value as number;
  }

  /** Returns all numbers of a list, however it is nested. */
  vector(name: string, length?: number): Float64Array {
    const numbers = flat(this.#field(name), `${this.#path}.${name}`);
    if (length !== undefined && numbers.length !== length) {
      throw this.#error(name, `${length} numbers`, numbers.length);
    }
    return Float64Array.from(numbers);
  }

  /** Returns the numbers of a list of rows. */
  matrix(name: string, count: number | undefined, columns: number): Float64Array {
    const value = this.#field(name);
    const numbers = this.vector(name, count === undefined ? undefined : count * columns);
    const wrong = (value as readonly unknown[]).find(
      (row) => !Array.isArray(row) || row.length !== columns,
    );
    if (wrong !== undefined) throw this.#error(name, `rows of ${columns} numbers`, wrong);
    return numbers;
  }

  /** Returns the length of the first row of a list of rows. */
  columns(name: string): number {
    const [row] = this.#list(name);
    if (!Array.isArray(row)) throw this.#error(name, "rows of numbers", row);
    return row.length;
  }

  /** Returns the length of a list. */
  rowCount(name: string): number {
    return this.#list(name).length;
  }

  child(name: string): Fields {
    return new Fields(this.#field(name), `${this.#path}.${name}`);
  }

  /** Throws for any value of a field but one, the only value that the eval sends. */
  expect(name: string, value: unknown): void {
    const found = this.#field(name);
    if (JSON.stringify(found) !== JSON.stringify(value)) {
      throw this.#error(name, JSON.stringify(value), found);
    }
  }

  #list(name: string): readonly unknown[] {
    const value = this.#field(name);
    if (!Array.isArray(value)) throw this.#error(name, "a list", value);
    return value;
  }

  #field(name: string): unknown {
    const value = this.#value;
    if (typeof value !== "object" || value === null)
      throw this.#error(undefined, "an object", value);
    return (value as Readonly<Record<string, unknown>>)[name];
  }

  #error(name: string | undefined, expected: string, got: unknown): Error {
    const path = name === undefined ? this.#path : `${this.#path}.${name}`;
    const text = JSON.stringify(got) ?? "nothing";
    return new Error(`${path}: expected ${expected}, got ${text.slice(0, 100)}`);
  }
}
