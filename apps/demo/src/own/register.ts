/**
 * Registers the parser of typed functions with the lessons. The page loads this module for the first typed function.
 */

import type { Lesson } from "../course/lesson.ts";
import { type OwnPoints, registerOwn } from "../course/lessons.ts";
import { ownLesson } from "./lesson.ts";
import { renewed } from "./older.ts";

let last:
  | { readonly text: string; readonly points: OwnPoints; lesson: Lesson | undefined }
  | undefined;

registerOwn({
  lesson(text, points) {
    // The last lesson is cached, since each edit of a number requests the lesson of the same text, to write the
    // address.
    if (last?.text !== text || last.points !== points) {
      last = { text, points, lesson: ownLesson(text, points) };
    }
    return last.lesson;
  },
  renewed,
});
