/** The table that planning is measured on: files of one region each, many files a region, described by metadata alone. */

/** Files whose metadata is one after the other: a manifest of an Iceberg table, a row group of a Delta checkpoint. */
export const CLUSTER_FILES = 10_000
export const FILES_A_REGION = 1000
export const ROWS_A_FILE = 10

export const SECONDS_A_FILE = 60

export interface PlannedFile {
  /** Within the table's folder. */
  readonly path: string
  readonly region: string
  /** Lowest and highest value of `id`; no two files share one. */
  readonly firstId: number
  readonly lastId: number
  /** Seconds since 1970 of the first and the last row. */
  readonly firstSecond: number
  readonly lastSecond: number
}

/** 2024-01-01. */
const START_SECOND = 1_704_067_200

export function fileAt(index: number): PlannedFile {
  const region = `r${String(Math.floor(index / FILES_A_REGION)).padStart(5, '0')}`
  const firstSecond = START_SECOND + index * SECONDS_A_FILE
  return {
    path: `data/region=${region}/${String(index).padStart(8, '0')}-c0ffee00-0000-4000-8000-000000000000-00001.parquet`,
    region,
    firstId: index * ROWS_A_FILE,
    lastId: index * ROWS_A_FILE + ROWS_A_FILE - 1,
    firstSecond,
    lastSecond: firstSecond + SECONDS_A_FILE - 1,
  }
}
