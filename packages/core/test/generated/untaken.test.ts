import { sampleTests, WHOLE } from "../support/sampling.ts";
import { untakenLaws } from "../support/untaken.ts";

sampleTests(3);

untakenLaws(WHOLE ? 1 : 48);
