import { testKills } from "./_kills.ts";
import { waitMutants } from "./_mutants_waits.ts";

testKills(waitMutants);
