import { untakenLaws } from "../support/untaken.ts";

untakenLaws(12);
