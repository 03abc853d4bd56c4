module istiops.test/actionlint

go 1.26.0
