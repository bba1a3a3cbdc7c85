/**
 * Locations of files: plain paths, `file:/a`, `file:///a` and URLs of other schemes.
 *
 * A `file:` location is not percent-decoded: Hadoop and Iceberg writers put the path in as it is, and names such as
 * `city=New%20York` are what the folder is called on disk.
 */

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/

/** The scheme of a location, lower case; `file` for plain paths. */
export function schemeOf(url: string): string {
  // A scheme of one letter would be a Windows drive.
  return SCHEME.exec(url)?.[1]?.toLowerCase() ?? 'file'
}

/** `url` without `file:`, `file://` or `file://localhost`; other locations as they are. */
export function plainLocation(url: string): string {
  if (!/^file:/i.test(url)) return url
  const rest = url.slice(5)
  if (rest.startsWith('//localhost/')) return rest.slice(11)
  return rest.startsWith('//') ? rest.slice(2) : rest
}

/** `name` within the folder `url`. */
export function joinLocation(url: string, ...names: readonly string[]): string {
  return [trimSlashes(url), ...names].join('/')
}

/** The last part of a location, without a slash. */
export function baseName(url: string): string {
  const trimmed = trimSlashes(url)
  return trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

/** The folder that holds `url`. */
export function parentLocation(url: string): string {
  const trimmed = trimSlashes(url)
  const slash = trimmed.lastIndexOf('/')
  return slash < 0 ? '.' : trimmed.slice(0, Math.max(slash, 1))
}

function trimSlashes(url: string): string {
  let end = url.length
  while (end > 1 && url[end - 1] === '/') end--
  return url.slice(0, end)
}
