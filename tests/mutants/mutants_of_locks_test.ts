import { testKills } from "./_kills.ts";
import { lockMutants } from "./_mutants_locks.ts";

testKills(lockMutants);
