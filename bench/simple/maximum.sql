SELECT l_shipmode, MAX(l_extendedprice) AS m FROM lineitem WHERE l_quantity > 45 GROUP BY l_shipmode
