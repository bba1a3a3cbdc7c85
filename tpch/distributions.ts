/**
 * dbgen's word lists: each word with its weight, in the order that counts. (Spelling faults are the specification's own.)
 *
 * Source: TPC-H specification 4.2.2.13 and 4.2.3; dbgen 2.14, dists.dss.
 */
import type { RandomStream } from './random.ts'

/** Words drawn with probability weight / sum of weights. */
export interface Distribution {
  readonly words: readonly string[]
  /** Number of the word for each of `sum of weights` equally likely draws. */
  readonly draws: Uint8Array
}

function weighted(entries: string): Distribution {
  const words: string[] = []
  const draws: number[] = []
  for (const entry of entries.split('|')) {
    const [word, weight] = entry.split('=') as [string, string?]
    for (let i = 0; i < Number(weight ?? 1); i++) draws.push(words.length)
    words.push(word)
  }
  return { words, draws: Uint8Array.from(draws) }
}

/** Number of a random word. */
export function drawWord({ draws }: Distribution, random: RandomStream): number {
  return draws[random.integer(0, draws.length - 1)]!
}

export const CONTAINERS: Distribution = weighted(
  'SM CASE|SM BOX|SM BAG|SM JAR|SM PACK|SM PKG|SM CAN|SM DRUM|LG CASE|LG BOX|LG BAG|LG JAR|LG PACK|' +
    'LG PKG|LG CAN|LG DRUM|MED CASE|MED BOX|MED BAG|MED JAR|MED PACK|MED PKG|MED CAN|MED DRUM|JUMBO CASE|' +
    'JUMBO BOX|JUMBO BAG|JUMBO JAR|JUMBO PACK|JUMBO PKG|JUMBO CAN|JUMBO DRUM|WRAP CASE|WRAP BOX|WRAP BAG|' +
    'WRAP JAR|WRAP PACK|WRAP PKG|WRAP CAN|WRAP DRUM',
)
export const SHIP_INSTRUCTIONS: Distribution = weighted('DELIVER IN PERSON|COLLECT COD|TAKE BACK RETURN|NONE')
export const MARKET_SEGMENTS: Distribution = weighted('AUTOMOBILE|BUILDING|FURNITURE|HOUSEHOLD|MACHINERY')
export const ORDER_PRIORITIES: Distribution = weighted('1-URGENT|2-HIGH|3-MEDIUM|4-NOT SPECIFIED|5-LOW')
export const RETURN_FLAGS: Distribution = weighted('R|A')
export const SHIP_MODES: Distribution = weighted('REG AIR|AIR|RAIL|TRUCK|MAIL|FOB|SHIP')
export const COLORS: Distribution = weighted(
  'almond|antique|aquamarine|azure|beige|bisque|black|blanched|blue|blush|brown|burlywood|burnished|' +
    'chartreuse|chiffon|chocolate|coral|cornflower|cornsilk|cream|cyan|dark|deep|dim|dodger|drab|' +
    'firebrick|floral|forest|frosted|gainsboro|ghost|goldenrod|green|grey|honeydew|hot|indian|ivory|' +
    'khaki|lace|lavender|lawn|lemon|light|lime|linen|magenta|maroon|medium|metallic|midnight|mint|misty|' +
    'moccasin|navajo|navy|olive|orange|orchid|pale|papaya|peach|peru|pink|plum|powder|puff|purple|red|' +
    'rose|rosy|royal|saddle|salmon|sandy|seashell|sienna|sky|slate|smoke|snow|spring|steel|tan|thistle|' +
    'tomato|turquoise|violet|wheat|white|yellow',
)
export const NOUNS: Distribution = weighted(
  'packages=40|requests=40|accounts=40|deposits=40|foxes=20|ideas=20|theodolites=20|pinto beans=20|' +
    'instructions=20|dependencies=10|excuses=10|platelets=10|asymptotes=10|courts=5|dolphins=5|' +
    'multipliers|sauternes|warthogs|frets|dinos|attainments|somas|Tiresias|patterns|forges|braids|frays|' +
    'warhorses|dugouts|notornis|epitaphs|pearls|tithes|waters|orbits|gifts|sheaves|depths|sentiments|' +
    'decoys|realms|pains|grouches|escapades|hockey players',
)
export const VERBS: Distribution = weighted(
  'sleep=20|wake=20|are=20|cajole=20|haggle=20|nag=10|use=10|boost=10|affix=5|detect=5|integrate=5|' +
    'maintain|nod|was|lose|sublate|solve|thrash|promise|engage|hinder|print|x-ray|breach|eat|grow|' +
    'impress|mold|poach|serve|run|dazzle|snooze|doze|unwind|kindle|play|hang|believe|doubt',
)
export const ADVERBS: Distribution = weighted(
  'sometimes|always|never|furiously=50|slyly=50|carefully=50|blithely=40|quickly=30|fluffily=20|slowly|' +
    'quietly|ruthlessly|thinly|closely|doggedly|daringly|bravely|stealthily|permanently|enticingly|idly|' +
    'busily|regularly|finally|ironically|evenly|boldly|silently',
)
export const PREPOSITIONS: Distribution = weighted(
  'about=50|above=50|according to=50|across=50|after=50|against=40|along=40|alongside of=30|among=30|' +
    'around=20|at=10|atop|before|behind|beneath|beside|besides|between|beyond|by|despite|during|except|' +
    'for|from|in place of|inside|instead of|into|near|of|on|outside|over|past|since|through|throughout|' +
    'to|toward|under|until|up|upon|whithout|with|within',
)
export const AUXILIARIES: Distribution = weighted(
  'do|may|might|shall|will|would|can|could|should|ought to|must|will have to|shall have to|' +
    'could have to|should have to|must have to|need to|try to',
)
export const TERMINATORS: Distribution = weighted('.=50|;|:|?|!|--')
export const ADJECTIVES: Distribution = weighted(
  'special=20|pending=20|unusual=20|express=20|furious|sly|careful|blithe|quick|fluffy|slow|quiet|' +
    'ruthless|thin|close|dogged|daring|brave|stealthy|permanent|enticing|idle|busy|regular=50|final=40|' +
    'ironic=40|even=30|bold=20|silent=10',
)
export const SENTENCES: Distribution = weighted('N V T=3|N V P T=3|N V N T=3|N P V N T|N P V P T')
export const NOUN_PHRASES: Distribution = weighted('N=10|J N=20|J, J N=10|D J N=50')
export const VERB_PHRASES: Distribution = weighted('V=30|X V|V D=40|X V D')

/** Name and region number of each nation, by nation key. */
export const NATIONS: readonly (readonly [string, number])[] = [
  ['ALGERIA', 0],
  ['ARGENTINA', 1],
  ['BRAZIL', 1],
  ['CANADA', 1],
  ['EGYPT', 4],
  ['ETHIOPIA', 0],
  ['FRANCE', 3],
  ['GERMANY', 3],
  ['INDIA', 2],
  ['INDONESIA', 2],
  ['IRAN', 4],
  ['IRAQ', 4],
  ['JAPAN', 2],
  ['JORDAN', 4],
  ['KENYA', 0],
  ['MOROCCO', 0],
  ['MOZAMBIQUE', 0],
  ['PERU', 1],
  ['CHINA', 2],
  ['ROMANIA', 3],
  ['SAUDI ARABIA', 4],
  ['VIETNAM', 2],
  ['RUSSIA', 3],
  ['UNITED KINGDOM', 3],
  ['UNITED STATES', 1],
]

export const REGIONS: readonly string[] = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST']

/** All combinations of size class, finish and metal, equally likely. */
export const PART_TYPES: Distribution = weighted(
  ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO']
    .flatMap((size) => ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'].map((finish) => `${size} ${finish}`))
    .flatMap((kind) => ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'].map((metal) => `${kind} ${metal}`))
    .join('|'),
)
