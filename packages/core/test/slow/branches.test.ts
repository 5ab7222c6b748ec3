import { branchLaws } from "../support/branches.ts";

branchLaws(1);
