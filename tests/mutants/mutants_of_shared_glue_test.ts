import { testKills } from "./_kills.ts";
import { sharedGlueMutants } from "./_mutants_shared_glue.ts";

testKills(sharedGlueMutants);
