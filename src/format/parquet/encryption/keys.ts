/** Keys of encrypted Parquet files, as a user gives them: plain data. */
export interface ParquetKeys {
  readonly kind: 'parquet'
  /** 16, 24 or 32 bytes. */
  readonly footerKey: Uint8Array
  /** By the column's path, its names joined by dots. Columns without one have the footer's, or cannot be read. */
  readonly columnKeys: readonly (readonly [path: string, key: Uint8Array])[]
  /** What writers put before the file's own identity and did not store. */
  readonly aadPrefix?: string
}
