-- What a user of Neovim sees in the sample repository. Runs in `nvim -l`, working directory = the
-- repository; every check is tried, then the exit status tells.

local PATIENCE = 20000 -- ms: a debug build on a busy machine
local failures = 0

vim.cmd('filetype plugin on')

--- Runs one check; an error in it is its failure.
local function check(name, body)
  local ok, message = xpcall(body, function(message) return tostring(message) end)
  if ok then
    print('ok      ' .. name)
  else
    failures = failures + 1
    print('FAILED  ' .. name .. '\n        ' .. message:gsub('\n', '\n        '))
  end
end

--- Waits for `what`, which says why not yet by a second value.
local function eventually(description, what)
  local reason
  local ok = vim.wait(PATIENCE, function()
    local done, why = what()
    reason = why
    return done
  end, 20)
  if not ok then
    error(description .. ': not within ' .. PATIENCE / 1000 .. ' s' .. (reason and ('; ' .. reason) or ''), 0)
  end
end

local function client()
  return vim.lsp.get_clients({ name = 'saltflow' })[1]
end

local function open(path)
  vim.cmd.edit(path)
  return vim.api.nvim_get_current_buf()
end

--- Replaces lines `from` to `to` (1-based, inclusive; `to` below `from` inserts) while `body` runs.
local function with_lines(from, to, lines, body)
  local buffer = vim.api.nvim_get_current_buf()
  local old = vim.api.nvim_buf_get_lines(buffer, from - 1, to, false)
  vim.api.nvim_buf_set_lines(buffer, from - 1, to, false, lines)
  local ok, message = pcall(body)
  vim.api.nvim_buf_set_lines(buffer, from - 1, from - 1 + #lines, false, old)
  vim.bo[buffer].modified = false
  if not ok then error(message, 0) end
end

--- Puts the cursor on `part` within the first line that has `line`.
local function cursor_on(line, part)
  for number, text in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local from = text:find(line, 1, true)
    if from then
      local column = assert(text:find(part or line, from, true), 'no ' .. (part or line) .. ' in: ' .. text)
      vim.api.nvim_win_set_cursor(0, { number, column - 1 })
      return
    end
  end
  error('the sample repository has no line with: ' .. line, 0)
end

local function ask(method, extra)
  local params = vim.tbl_extend('force', vim.lsp.util.make_position_params(0, client().offset_encoding), extra or {})
  -- the number, not 0: Neovim 0.11 sends pending changes only of the buffer that it is given
  local answer, problem = client():request_sync(method, params, PATIENCE, vim.api.nvim_get_current_buf())
  if not answer then error(method .. ': ' .. tostring(problem), 0) end
  if answer.err then error(method .. ': ' .. vim.inspect(answer.err), 0) end
  return answer.result
end

--- What completion offers behind the last character of `line` (1-based), where only insert mode has a cursor.
local function offered_at_end_of(line)
  local text = vim.api.nvim_buf_get_lines(0, line - 1, line, false)[1]
  local position = { line = line - 1, character = #text }
  local result = ask('textDocument/completion', { context = { triggerKind = 1 }, position = position }) or {}
  local found = {}
  for _, item in ipairs(result.items or result) do found[#found + 1] = item.label end
  return found
end

--- The diagnostics of the current buffer, as `code line`.
local function findings()
  local found = {}
  for _, item in ipairs(vim.diagnostic.get(0)) do
    found[#found + 1] = tostring(item.code) .. ' at line ' .. (item.lnum + 1)
  end
  table.sort(found)
  return found
end

--- Whether a diagnostic with `code` lies on a line that has `text`.
local function reported(code, text)
  for _, item in ipairs(vim.diagnostic.get(0)) do
    local line = vim.api.nvim_buf_get_lines(0, item.lnum, item.lnum + 1, false)[1] or ''
    if item.code == code and line:find(text, 1, true) then return true end
  end
  return false, 'there is: ' .. vim.inspect(findings())
end

open('states/webshop/wishlist.sls')

check('the filetype has its comments and indent', function()
  assert(vim.bo.filetype == 'salt', 'filetype is ' .. vim.bo.filetype)
  assert(vim.bo.commentstring == '# %s', 'commentstring is ' .. vim.bo.commentstring)
  assert(vim.bo.shiftwidth == 2 and vim.bo.expandtab, 'indent is not two spaces')
end)

check('the grammar is built by :Saltflow grammar and colours Jinja', function()
  assert(not require('saltflow.grammar').installed(), 'it is there before it was built')
  vim.cmd('Saltflow grammar')
  assert(require('saltflow.grammar').installed(), 'it is not there')
  vim.cmd.edit()
  cursor_on('{%', '{%')
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  vim.treesitter.get_parser(0):parse(true)
  local captures = vim.tbl_map(function(c) return c.capture end, vim.treesitter.get_captures_at_pos(0, row - 1, column))
  assert(vim.tbl_contains(captures, 'tag.delimiter'), vim.inspect(captures))
  for _, name in ipairs({ 'highlights', 'injections', 'folds', 'locals' }) do
    assert(vim.treesitter.query.get('sls', name), 'no query ' .. name)
  end
end)

check(':Saltflow completes its subcommands and says what is wrong', function()
  assert(vim.tbl_contains(vim.fn.getcompletion('Saltflow d', 'cmdline'), 'drift'), 'no drift')
  assert(not pcall(vim.cmd, 'Saltflow'), 'it needs a subcommand')
end)

check('the server starts and initialises', function()
  eventually('initialize', function() return client() and client().initialized end)
  assert(client().root_dir == vim.fn.getcwd(), 'root is ' .. tostring(client().root_dir))
  assert(client().server_info.name == 'saltflow', vim.inspect(client().server_info))
end)
if not client() then
  print('no server: nothing else can be checked')
  vim.cmd('cquit 1')
end

check('drift: a requisite whose target develop renamed', function()
  eventually('finding', function() return reported('drift/requisite-target-removed-upstream', 'pkg: postgres_pkg') end)
end)

check('drift: an include that develop removed', function()
  eventually('finding', function() return reported('drift/include-removed-upstream', 'monitoring.node_exporter') end)
end)

check('drift: a pillar key that develop removed, used through a map', function()
  eventually('finding', function() return reported('drift/pillar-key-removed-upstream', 'webshop.db.host') end)
end)

check('drift: an ID that both branches added', function()
  open('states/webshop/config.sls')
  eventually('finding', function() return reported('drift/duplicate-id-after-merge', 'webshop_cache_dir') end)
end)

check('no other error in a sound repository', function()
  for _, path in ipairs({ 'states/webshop/wishlist.sls', 'states/webshop/config.sls', 'states/webshop/source.sls' }) do
    open(path)
    ask('textDocument/hover') -- the server has seen the file when it has answered
    for _, item in ipairs(vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })) do
      assert(vim.startswith(tostring(item.code), 'drift/'), path .. ': ' .. item.message)
    end
  end
end)

check('definition: a pillar key read through map.jinja', function()
  open('states/webshop/wishlist.sls')
  cursor_on('webshop.db.host', 'host }}')
  local items
  vim.lsp.buf.definition({ on_list = function(list) items = list.items end })
  eventually('answer', function() return items end)
  local found = {}
  for _, item in ipairs(items) do
    local place = vim.fs.relpath(vim.fn.getcwd(), item.filename) .. ':' .. item.lnum
    found[place .. ' ' .. vim.trim(vim.fn.readfile(item.filename)[item.lnum])] = true
  end
  assert(found['pillar/webshop/init.sls:7 host: db1.prod.webshop.example'], 'offered: ' .. vim.inspect(vim.tbl_keys(found)))
end)

check('definition: a requisite goes to the declaration', function()
  open('states/webshop/wishlist.sls')
  cursor_on('pkg: postgres_pkg', 'postgres_pkg')
  vim.lsp.buf.definition()
  eventually('the cursor moves', function()
    local name = vim.api.nvim_buf_get_name(0)
    return vim.endswith(name, 'states/postgres/install.sls') and vim.api.nvim_get_current_line() == 'postgres_pkg:', name
  end)
end)

check('hover: the value of a pillar key', function()
  open('states/webshop/wishlist.sls')
  cursor_on('webshop.db.host', 'host }}')
  local hover = assert(ask('textDocument/hover'), 'no hover')
  local text = hover.contents.value
  assert(text:find('db1.prod.webshop.example', 1, true), 'the value is not shown: ' .. text)
end)

check('hover: a state function', function()
  open('states/webshop/wishlist.sls')
  cursor_on('file.managed', 'managed')
  local hover = assert(ask('textDocument/hover'), 'no hover')
  assert(hover.contents.value:find('file.managed', 1, true), hover.contents.value)
end)

check('status: how far the branch is from develop', function()
  open('states/webshop/wishlist.sls')
  local status
  eventually('status', function()
    status = require('saltflow').status()
    return status:find('^develop ↓%d+ ↑%d+ ⚠%d+$'), status
  end)
  vim.o.statusline = "%f %{v:lua.require'saltflow'.status()}"
  local drawn = vim.api.nvim_eval_statusline(vim.o.statusline, {}).str
  assert(drawn:find(status, 1, true), drawn)
end)

--- The finding with `code` in the current buffer, as the server sent it.
local function finding(code)
  for _, item in ipairs(vim.diagnostic.get(0)) do
    if item.code == code then return item.user_data.lsp end
  end
  error('there is no ' .. code .. ' in ' .. vim.inspect(findings()), 0)
end

check('related information leads to a read-only document of develop', function()
  open('states/webshop/wishlist.sls')
  eventually('the finding', function() return reported('drift/requisite-target-removed-upstream', 'pkg: postgres_pkg') end)
  local related = finding('drift/requisite-target-removed-upstream').relatedInformation
  local uri = related[1].location.uri
  assert(vim.startswith(uri, 'saltflow-git:'), vim.inspect(related))
  vim.cmd.edit(vim.fn.fnameescape(uri))
  local line = vim.api.nvim_buf_get_lines(0, related[1].location.range.start.line, -1, false)[1]
  assert(line == 'postgresql_package:', 'at the place is: ' .. tostring(line))
  assert(vim.bo.readonly and not vim.bo.modifiable and vim.bo.buftype == 'nofile', 'it can be changed')
  assert(not pcall(vim.api.nvim_buf_set_lines, 0, 0, 1, false, { 'x' }), 'it was changed')
  vim.cmd.bwipeout()
end)

check('hover: base, here and develop', function()
  open('states/webshop/wishlist.sls')
  cursor_on('pkg: postgres_pkg', 'postgres_pkg')
  local text = ask('textDocument/hover').contents.value
  for _, part in ipairs({ '| | base | here | develop |', '`postgresql_package`', 'develop: ', 'Ada Example' }) do
    assert(text:find(part, 1, true), part .. ' is not in: ' .. text)
  end
end)

--- Chooses the quick fix at the cursor whose title has `part`.
local function choose(part)
  local done, offered = false, {}
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      offered[#offered + 1] = action.title
      done = done or action.title:find(part, 1, true) ~= nil
      return action.title:find(part, 1, true) ~= nil
    end,
  })
  eventually(part, function() return done, 'offered: ' .. vim.inspect(offered) end)
end

check('code lens: what develop did to a state', function()
  local buffer = open('states/postgres/install.sls')
  local said
  eventually('lens', function()
    vim.lsp.codelens.refresh({ bufnr = buffer })
    for _, lens in ipairs(vim.lsp.codelens.get(buffer)) do
      said = lens.command and lens.command.title
      if said and said:find("renamed to 'postgresql_package' on develop", 1, true) then return true end
    end
    return false, tostring(said)
  end)
end)

check('quick fix: both versions side by side', function()
  open('states/webshop/wishlist.sls')
  cursor_on('pkg: postgres_pkg', 'postgres_pkg')
  choose("Show develop's version beside this one")
  eventually('two windows that differ', function()
    local names = {}
    for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
      if vim.wo[window].diff then names[#names + 1] = vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window)) end
    end
    local all = table.concat(names, ' ')
    return #names == 2 and all:find('saltflow-git:', 1, true), all
  end)
  local shown = {}
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    shown[#shown + 1] = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 1, 2, false)[1]
  end
  table.sort(shown)
  assert(vim.deep_equal(shown, { 'postgres_pkg:', 'postgresql_package:' }), vim.inspect(shown))
  vim.cmd.tabclose()
end)

check('quick fix: the new name everywhere on this branch', function()
  open('states/webshop/wishlist.sls')
  cursor_on('pkg: postgres_pkg', 'postgres_pkg')
  choose("Rename 'postgres_pkg' to 'postgresql_package'")
  eventually('the finding goes', function()
    for _, item in ipairs(vim.diagnostic.get(0)) do
      if item.code == 'drift/requisite-target-removed-upstream' then return false, vim.inspect(findings()) end
    end
    return vim.fn.search('pkg: postgresql_package', 'cnw') > 0, 'the requisite has the old name'
  end)
  open('states/postgres/install.sls')
  assert(vim.fn.search('^postgresql_package:', 'cnw') > 0, 'the state has the old name')
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.bo[buffer].modified then
      vim.api.nvim_buf_call(buffer, function() vim.cmd('silent edit!') end)
    end
  end
  open('states/webshop/wishlist.sls')
  eventually('the finding comes back', function()
    return reported('drift/requisite-target-removed-upstream', 'pkg: postgres_pkg')
  end)
end)

check('completion: the targets of a requisite', function()
  open('states/webshop/wishlist.sls')
  local last = vim.api.nvim_buf_line_count(0)
  with_lines(last + 1, last, { '      - pkg: ' }, function()
    local offered = offered_at_end_of(last + 1)
    for _, wanted in ipairs({ 'webshop_git', 'postgres_pkg' }) do
      assert(vim.tbl_contains(offered, wanted), wanted .. ' is not among: ' .. vim.inspect(offered))
    end
    assert(not vim.tbl_contains(offered, 'webshop_settings'), 'a file is offered as a package')
  end)
end)

check('completion: the keys of the pillar', function()
  open('states/webshop/wishlist.sls')
  local line = vim.fn.search('webshop:wishlist:limit', 'cnw')
  -- unfinished, as it is while it is typed
  with_lines(line, line, { "        limit: {{ salt['pillar.get']('webshop:wishlist:" }, function()
    local offered = offered_at_end_of(line)
    local found = vim.iter(offered):any(function(label) return label == 'limit' or label == 'webshop:wishlist:limit' end)
    assert(found, 'limit is not among: ' .. vim.inspect(offered))
  end)
end)

check('live: mending the requisite removes its finding, without saving', function()
  open('states/webshop/wishlist.sls')
  local function is_reported() return reported('drift/requisite-target-removed-upstream', 'pkg: postgres_pkg') end
  eventually('the finding', is_reported)
  cursor_on('pkg: postgres_pkg')
  local line = vim.fn.line('.')
  with_lines(line, line, {}, function()
    eventually('the finding goes', function()
      for _, item in ipairs(vim.diagnostic.get(0)) do
        if item.code == 'drift/requisite-target-removed-upstream' then return false, vim.inspect(findings()) end
      end
      return true
    end)
  end)
  eventually('the finding comes back', is_reported)
end)

check('live: broken YAML is reported as it is typed, and gone when mended', function()
  open('states/webshop/source.sls')
  local line = vim.fn.search('- name: git', 'cnw')
  with_lines(line, line, { '    - name: [git' }, function()
    eventually('a finding', function() return reported('yaml-syntax', '') end)
  end)
  eventually('no finding', function() return not reported('yaml-syntax', ''), 'there is: ' .. vim.inspect(findings()) end)
end)

check('the server stops when it is told to', function()
  local it = client()
  it:stop()
  eventually('exit', function() return it:is_stopped() end)
end)

print(failures == 0 and 'all passed' or (failures .. ' failed'))
vim.cmd('cquit ' .. (failures == 0 and 0 or 1))
