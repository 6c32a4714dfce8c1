-- Neovim 0.11+: `vim.lsp.enable('saltflow')` with this folder on the runtimepath.
return {
  cmd = { vim.env.SALTFLOW or 'saltflow', 'lsp' },
  filetypes = { 'salt', 'sls', 'jinja', 'salt.jinja' },
  root_markers = { '.saltflow.yaml', '.git' },
  settings = { saltflow = vim.empty_dict() },
  -- docs/lsp-extensions.md
  capabilities = {
    experimental = { saltflow = { documents = true, status = true, openDiff = true } },
  },
  handlers = {
    ['saltflow/status'] = function(_, status) require('saltflow').on_status(status) end,
  },
}
