include:
  - webshop.user
  - webshop.source
  - webshop.config
  - webshop.service
  - webshop.cron
  - webshop.wishlist
