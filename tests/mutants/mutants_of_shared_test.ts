import { testKills } from "./_kills.ts";
import { sharedMutants } from "./_mutants_shared.ts";

testKills(sharedMutants);
