/** English words that say nothing about a subject, with the pieces that contractions leave (don't: don, t). */
export const ENGLISH_STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again against ain all also am an and any are aren as at be became because been before being below
  between both but by can cannot could couldn did didn do does doesn doing don done down during each either else etc ever
  every few for from further get gets got had hadn has hasn have haven having he her here hers herself him himself his how
  however if in into is isn it its itself just ll may me might more most much must mustn my myself need neither no nor not
  now of off often on once one only or other others our ours ourselves out over own per rather re same shall shan she
  should shouldn since so some such than that the their theirs them themselves then there therefore these they this those
  though through thus to too under until up upon us use used using ve very via was wasn we well were weren what when where
  whether which while who whom whose why will with within without won would wouldn yet you your yours yourself yourselves`.split(
    /\s+/,
  ),
);
