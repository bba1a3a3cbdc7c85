SELECT COUNT(DISTINCT l_suppkey) AS n FROM lineitem
