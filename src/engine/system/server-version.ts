/** The version of PostgreSQL whose catalogs and messages clients find here. */
export const SERVER_VERSION = '15.0'
export const SERVER_VERSION_NUMBER = '150000'

/** Who asks, while nobody signs in. */
export const USER_NAME = 'sluice'
