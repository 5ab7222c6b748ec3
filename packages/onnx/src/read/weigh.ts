/**
 * Estimates the memory of a file's messages. An empty message has two bytes in a file and hundreds as an object, so a
 * small malicious file could fill the memory. The estimate reads the bytes without making objects.
 */

import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** The bytes of an object, of each of its properties, and of a number in an array, measured and rounded up. */
const OBJECT = 100;
const PROPERTY = 40;
const NUMBER = 32;

/** The deepest nesting of messages, the same as the decoder's limit. */
const DEEPEST = 100;

/** The fields of a kind of message, by number. */
type Fields = ReadonlyMap<number, DescField>;

function messageOf(field: DescField | undefined): DescMessage | undefined {
  if (field?.fieldKind === "message") return field.message;
  return field?.fieldKind === "list" && field.listKind === "message" ? field.message : undefined;
}

/** Counts the numbers in packed bytes. */
function numbersIn(field: DescField | undefined, bytes: Uint8Array): number {
  if (field?.fieldKind !== "list" || field.listKind !== "scalar") return 0;
  const { scalar } = field;
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return 1;
  if (scalar === ScalarType.FLOAT) return bytes.length / 4;
  if (scalar === ScalarType.DOUBLE) return bytes.length / 8;
  // The last byte of each number has no continuation bit.
  return bytes.reduce((count, byte) => count + Number(byte < 128), 0);
}

/** Returns the bytes that the messages of a file take in memory, as far as the file can be read. */
export function weigh(schema: DescMessage, bytes: Uint8Array): number {
  const known = new Map<DescMessage, Fields>();
  const fieldsOf = (message: DescMessage): Fields => {
    const fields = known.get(message) ?? new Map(message.fields.map((each) => [each.number, each]));
    known.set(message, fields);
    return fields;
  };
  const reader = new BinaryReader(bytes);
  const open = [{ fields: fieldsOf(schema), end: bytes.length }];
  let weight = 0;
  try {
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (reader.pos >= top.end) {
        open.pop();
        continue;
      }
      // The tag is read as a number, since the reader's `tag` would make an array.
      const tag = reader.uint32();
      const number = tag >>> 3;
      const wire = tag & 7;
      const field = top.fields.get(number);
      if (wire !== WireType.LengthDelimited) {
        reader.skip(wire, number);
        if (field?.fieldKind === "list") weight += NUMBER;
        continue;
      }
      const end = reader.uint32() + reader.pos;
      const message = messageOf(field);
      if (message === undefined) {
        weight += numbersIn(field, bytes.subarray(reader.pos, end)) * NUMBER;
        reader.pos = end;
        continue;
      }
      weight += OBJECT + PROPERTY * message.fields.length;
      if (open.length > DEEPEST) return weight;
      if (end > reader.pos) open.push({ fields: fieldsOf(message), end: Math.min(end, top.end) });
    }
  } catch {
    // An error is ignored here, since the decoder reports it.
  }
  return weight;
}
