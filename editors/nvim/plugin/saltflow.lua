-- Read-only documents and client commands of saltflow's server; the rest is in lsp/ and lua/.
if vim.g.loaded_saltflow then return end
vim.g.loaded_saltflow = true

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = vim.api.nvim_create_augroup('saltflow', {}),
  pattern = { 'saltflow-git://*', 'saltflow-page://*' },
  callback = function(event) require('saltflow').read(event.buf, event.match) end,
})

vim.lsp.commands['saltflow.openDiff'] = function(command)
  local versions = command.arguments[1]
  require('saltflow').open_diff(versions.left, versions.right)
end
