SELECT l_returnflag, l_linestatus, COUNT(*) AS n, SUM(l_quantity) AS q, AVG(l_extendedprice) AS p FROM lineitem GROUP BY l_returnflag, l_linestatus
