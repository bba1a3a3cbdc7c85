/**
 * Time zones as PostgreSQL takes them where a zone is named: SET TIME ZONE, AT TIME ZONE. There an offset is in POSIX's notation, hours
 * west of Greenwich (`+02:00`, `UTC+2`), unlike that of a timestamp's text, which is east.
 */
const POSIX = /^(?:[a-z]{3,}|<[\w+-]+>)?([+-]?)(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?$/i

/** The zone as the functions of calendar.ts take it: a name, or an offset to the east. */
export function zoneByName(written: string): string {
  const posix = POSIX.exec(written)
  if (posix === null) return written
  const [, sign, hours, ...smaller] = posix
  return `${sign === '-' ? '+' : '-'}${[hours!.padStart(2, '0'), ...smaller.filter((part) => part !== undefined)].join(':')}`
}

/** The same for the parameter TimeZone: a plain number there is hours to the east. */
export function zoneOfSetting(written: string): string {
  const number = /^\s*([+-]?)(\d+(?:\.\d+)?)\s*$/.exec(written)
  if (number === null) return zoneByName(written)
  const minutes = Math.round(Number(number[2]) * 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${number[1] === '-' ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
