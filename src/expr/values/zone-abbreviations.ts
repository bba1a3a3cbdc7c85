/** Abbreviations of time zones that PostgreSQL knows by default and that are in wide use, with the hours that they are ahead of UTC. */
const HOURS: Readonly<Record<string, number>> = {
  // North America
  nst: -3.5,
  ndt: -2.5,
  ast: -4,
  adt: -3,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
  // Europe and Africa
  wet: 0,
  wetdst: 1,
  bst: 1,
  cet: 1,
  cest: 2,
  met: 1,
  mest: 2,
  mez: 1,
  mesz: 2,
  eet: 2,
  eest: 3,
  eat: 3,
  msk: 3,
  msd: 4,
  // Asia, Australia and the Pacific
  ist: 2,
  idt: 3,
  pkt: 5,
  ict: 7,
  hkt: 8,
  pht: 8,
  kst: 9,
  jst: 9,
  awst: 8,
  acst: 9.5,
  acdt: 10.5,
  aest: 10,
  aedt: 11,
  nzst: 12,
  nzdt: 13,
  // The clocks of the meridian
  z: 0,
  zulu: 0,
  ut: 0,
}

/** Seconds ahead of UTC; undefined for what is no abbreviation. */
export function abbreviationOffset(zone: string): number | undefined {
  const hours = Object.hasOwn(HOURS, zone.toLowerCase()) ? HOURS[zone.toLowerCase()] : undefined
  return hours === undefined ? undefined : hours * 3600
}
