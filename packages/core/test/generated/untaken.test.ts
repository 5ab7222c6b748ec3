import { WHOLE } from "../support/sampling.ts";
import { untakenLaws } from "../support/untaken.ts";

untakenLaws(WHOLE ? 1 : 48);
