/**
 * Finds things in the result of a lesson.
 */

import type { Graph } from "@graddiff/core";
import { findLesson } from "../../src/lessons/index.ts";
import {
  initialInputs,
  type LessonResult,
  type Section,
  type Table,
} from "../../src/lessons/lesson.ts";

/** Runs a lesson with its initial inputs, some of them changed. */
export function runLesson(name: string, changed: Record<string, number> = {}): LessonResult {
  const lesson = findLesson(name);
  if (lesson === undefined) throw new Error(`no lesson ${name}`);
  return lesson.run({ ...initialInputs(lesson), ...changed });
}

function sectionOf({ sections }: LessonResult, heading: string): Section {
  const section = sections.find((each) => each.heading === heading);
  if (section === undefined) throw new Error(`no section ${heading}`);
  return section;
}

export function tableOf(result: LessonResult, heading: string): Table {
  const { table } = sectionOf(result, heading);
  if (table === undefined) throw new Error(`no table under ${heading}`);
  return table;
}

export function graphOf(result: LessonResult, heading: string): Graph {
  const { graph } = sectionOf(result, heading);
  if (graph === undefined) throw new Error(`no graph under ${heading}`);
  return graph;
}

/** The row that starts with a title. */
export function row(result: LessonResult, heading: string, title: string) {
  const found = tableOf(result, heading).rows.find(([first]) => first === title);
  if (found === undefined) throw new Error(`no row ${title} under ${heading}`);
  return found;
}

export function cell(result: LessonResult, heading: string, title: string, column: number) {
  return row(result, heading, title)[column];
}
