SELECT COUNT(*) AS n FROM lineitem
