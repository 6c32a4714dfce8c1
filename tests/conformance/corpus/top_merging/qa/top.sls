qa:
  '*':
    - qa_own
  'web*':
    - qa_web
dev:
  'web*':
    - qa_says
