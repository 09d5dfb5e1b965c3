import { testKills } from "./_kills.ts";
import { waitMutants } from "./_mutants.ts";

testKills(waitMutants);
