import { testKills } from "./_kills.ts";
import { lockMutants } from "./_mutants.ts";

testKills(lockMutants);
