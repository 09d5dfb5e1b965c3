import { testKills } from "./_kills.ts";
import { coreMutants } from "./_mutants_core.ts";

testKills(coreMutants);
