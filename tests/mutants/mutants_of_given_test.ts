import { testKills } from "./_kills.ts";
import { givenMutants } from "./_mutants_given.ts";

testKills(givenMutants);
