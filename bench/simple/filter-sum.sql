SELECT SUM(l_extendedprice * l_discount) AS revenue FROM lineitem WHERE l_discount > 0.045 AND l_discount < 0.075 AND l_quantity < 24
