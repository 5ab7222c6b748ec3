/**
 * Makes typed functions known to the lessons. The page loads it with the first of them.
 */

import { registerOwn } from "../course/lessons.ts";
import { ownLesson } from "./lesson.ts";

registerOwn(ownLesson);
