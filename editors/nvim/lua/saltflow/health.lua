-- `:checkhealth saltflow`
local M = {}

function M.check()
  local health = vim.health
  health.start('saltflow')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.11 or later is needed', 'update Neovim')
  end
  local command = vim.lsp.config.saltflow and vim.lsp.config.saltflow.cmd and vim.lsp.config.saltflow.cmd[1] or 'saltflow'
  if vim.fn.executable(command) == 1 then
    local result = vim.system({ command, '--version' }, { text = true }):wait(5000)
    health.ok(vim.trim(result.stdout or '') .. ' (' .. vim.fn.exepath(command) .. ')')
  else
    health.error('there is no program ' .. command, { 'put saltflow on the PATH', 'or set cmd: vim.lsp.config("saltflow", { cmd = { "/path/to/saltflow", "lsp" } })' })
  end
  if vim.lsp.is_enabled and vim.lsp.is_enabled('saltflow') then
    health.ok('the language server is enabled')
  else
    health.warn('the language server is not enabled', 'vim.lsp.enable("saltflow")')
  end
  local clients = vim.lsp.get_clients({ name = 'saltflow' })
  for _, client in ipairs(clients) do
    health.ok('it runs for ' .. (client.root_dir or '(no folder)'))
  end
  if #clients == 0 then health.info('it does not run now: it starts with the first SLS that is opened') end
  local grammar = require('saltflow.grammar')
  if grammar.installed() then
    health.ok('the tree-sitter grammar is installed')
    if not pcall(vim.treesitter.language.inspect, 'yaml') then
      health.info('there is no YAML parser for tree-sitter: what stands between Jinja tags has no colours (nvim-treesitter has one)')
    end
  else
    health.info('the tree-sitter grammar is not installed: Neovim\'s own colours are used', ':Saltflow grammar')
  end
end

return M
