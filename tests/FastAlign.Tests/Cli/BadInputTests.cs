namespace FastAlign.Tests.Cli;

/// <summary>Wrong input, as users give it: one clear line, exit code 2, no stack trace, nothing half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ToolRun _tool = new();

    public static TheoryData<string, string, string> WrongData => new()
    {
        { "{\"chosen\": \"a\", \"rejected\"\n", "line 1 (row 0)", "expected a JSON object" },
        { "{\"chosen\": \"a b\"}\n", "row 0", "rejected" },
        { "{\"chosen\": 5, \"rejected\": \"x\"}\n", "row 0", "chosen" },
        { "", "expected at least one row", "found none" },
        { "\n\n", "expected at least one row", "found none" },
        { "hello\n", "JSON", "starts with 'h'" },
        { "{\"prompt\": \"Hi\", \"chosen\": \" same\", \"rejected\": \" same\"}\n{\"prompt\": \"Hi\", \"chosen\": \" a\", \"rejected\": \" b\"}\n", "chosen-equals-rejected", "row 0" },
    };

    public static TheoryData<string[], string> WrongSettings => new()
    {
        { ["--learning-rate", "fast"], "--learning_rate: expected a number, found 'fast'" },
        { ["--max-steps", "2.5"], "--max_steps: expected a whole number, found '2.5'" },
        { ["--beta", "0"], "beta: expected a finite number above 0, found 0" },
        { ["--per-device-train-batch-size", "0"], "per_device_train_batch_size: expected at least 1, found 0" },
        { ["--truncation-mode", "middle"], "--truncation_mode: expected one of keep_start, keep_end, found 'middle'" },
        { ["--lr-scheduler-type", "square"], "square" },
        { ["--eval-size", "100000"], "held-out rows: expected fewer than" },
        { ["--config", "nowhere.yaml"], "--config: nowhere.yaml cannot be read" },
        { ["--reference", "nowhere"], "nowhere: expected a model folder" },
        { ["--model", "nowhere"], "expected both a model and a data set" },
        { ["--model", "nowhere", "--dataset", "nothing.jsonl"], "nowhere: expected a model folder" },
        { ["--colour", "blue"], "--colour" },
        { ["--max-length", "1"], "max_length: expected at least 2" },
        { ["--seed", "-1"], "--seed: expected a whole number of at least 0, found -1" },
        { ["--save-total-limit", "-1"], "save_total_limit: expected at least 0, found -1" },
        { ["--max-samples", "-5"], "max_samples: expected at least 0, found -5" },
        { ["--threads", "-3"], "threads: expected at least 0, found -3" },
    };

    [Theory, MemberData(nameof(WrongData))]
    public void Dpo_WrongDataFile_NamesFileAndRow(string content, string place, string reason)
    {
        string file = _tool.Path("data.jsonl");
        File.WriteAllText(file, content);

        string error = Fail("--model", SampleModel(), "--dataset", file, "--eval-size", "0");

        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(WrongSettings))]
    public void Dpo_WrongSetting_SaysWhatWasExpected(string[] arguments, string message) => Assert.Contains(message, Fail(arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("dpo --lerning-rate 1", "--lerning-rate: expected an option of dpo, found none of that name; the nearest is --learning-rate")]
    [InlineData("dpo --head_hidden=3", "--head_hidden: expected an option of dpo, found one of reward")]
    [InlineData("dop", "dop: expected a command, found none of that name; the nearest is dpo")]
    [InlineData("losses explian kto", "explian: expected a command, found none of that name; the nearest is explain")]
    [InlineData("eval --beta x", "--beta: expected a number, found 'x'")]
    [InlineData("eval --max-samples 2.5", "--max-samples: expected a whole number, found '2.5'")]
    [InlineData("eval --max-samples -3", "--max-samples: expected at least 0, found -3")]
    [InlineData("eval --ensemble max", "--ensemble: expected one of mean, min, mean_minus_std, found 'max'")]
    [InlineData("eval --json perhaps", "perhaps")]
    [InlineData("generate --seed -1", "--seed: expected a whole number of at least 0, found '-1'")]
    public void CommandLine_Wrong_SaysWhatWasExpected(string line, string message)
    {
        (int exitCode, string output, string error) = ToolRun.Run(line.Split(' '));

        Assert.True(exitCode == 2, output + error);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--max-new-tokens", "2147483647", "--max-new-tokens: expected at most 507 after a prompt of 5 tokens (the model has 512 positions), found 2147483647")]
    [InlineData("--dtype", "half", "--dtype: expected one of auto, float32, bfloat16, found 'half'")]
    [InlineData("--samples", "100000000", "max_new_tokens and samples: expected at most 2147483647 tokens in all")]
    public void Generate_WrongOption_SaysWhatWouldDo(string option, string value, string message)
    {
        (int exitCode, string output, string error) = ToolRun.Run("generate", option, value);

        Assert.True(exitCode == 2, output + error);
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dpo_FolderAsDataFile_IsToldApart()
    {
        string error = Fail("--model", SampleModel(), "--dataset", SampleModel());

        Assert.Contains("expected a file, found a folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dpo_WrongYaml_NamesLineAndNearestKey()
    {
        string file = _tool.Path("settings.yaml");
        File.WriteAllText(file, "beta: 0.1\nlerning_rate: 1e-4\n");
        Assert.Contains($"{file}, line 2: lerning_rate: unknown setting; the nearest known one is learning_rate", Fail("--config", file), StringComparison.Ordinal);

        File.WriteAllText(file, "beta: [1, 2]\n");
        Assert.Contains("beta: expected a single value, found a sequence", Fail("--config", file), StringComparison.Ordinal);

        File.WriteAllText(file, "beta: soon\n");
        Assert.Contains($"{file}, line 1: beta: expected a number, found 'soon'", Fail("--config", file), StringComparison.Ordinal);

        File.WriteAllText(file, "beta: \"0.1\n");
        Assert.Contains("expected YAML", Fail("--config", file), StringComparison.Ordinal);
    }

    [Fact]
    public void Dpo_OutputThatCannotBeWritten_IsRefused()
    {
        string file = _tool.Path("file");
        File.WriteAllText(file, "not a folder");

        (int exitCode, string output, string error) = ToolRun.Run([.. _tool.Arguments("x", 1), "--output", System.IO.Path.Combine(file, "run")]);

        Assert.True(exitCode == 2, output + error);
        Assert.Equal("not a folder", File.ReadAllText(file));
    }

    [Fact]
    public void Dpo_BrokenModels_NameTheTensorOrKey()
    {
        string model = CopySample("model");
        string weights = System.IO.Path.Combine(model, "model.safetensors");
        byte[] good = File.ReadAllBytes(weights);
        string data = System.IO.Path.Combine(AppContext.BaseDirectory, "samples", "hh-rlhf", "helpful-base.short.jsonl");

        File.WriteAllBytes(weights, good[..^1000]);
        Assert.Contains(weights, Fail("--model", model, "--dataset", data), StringComparison.Ordinal);

        byte[] poisoned = [.. good];
        BitConverter.TryWriteBytes(poisoned.AsSpan(poisoned.Length - 400), float.NaN);
        File.WriteAllBytes(weights, poisoned);
        Assert.Contains("NaN", Fail("--model", model, "--dataset", data), StringComparison.Ordinal);

        File.WriteAllBytes(weights, good);
        string config = System.IO.Path.Combine(model, "config.json");
        string text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"", StringComparison.Ordinal));
        Assert.Contains("model_type: expected one of llama", Fail("--model", model, "--dataset", data), StringComparison.Ordinal);

        File.WriteAllText(config, text.Replace("\"hidden_size\": 64", "\"hidden_size\": 128", StringComparison.Ordinal));
        Assert.Contains("expected shape", Fail("--model", model, "--dataset", data), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Dpo_TokenizerOfAnotherModel_NamesTheRowAndTheToken()
    {
        // A model with a vocabulary of 113 and a tokenizer with 512 tokens.
        string model = _tool.Path("mixed");
        Directory.CreateDirectory(model);
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(Goldens.Path("models", "llama", file), System.IO.Path.Combine(model, file));
        }

        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.Copy(System.IO.Path.Combine(SampleModel(), file), System.IO.Path.Combine(model, file));
        }

        string data = System.IO.Path.Combine(AppContext.BaseDirectory, "samples", "hh-rlhf", "helpful-base.short.jsonl");
        string error = Fail("--model", model, "--dataset", data, "--max-samples", "5");

        Assert.Contains("row 0: token", error, StringComparison.Ordinal);
        Assert.Contains("below the model's vocabulary of 113", error, StringComparison.Ordinal);
    }

    public void Dispose() => _tool.Dispose();

    private static string SampleModel() => System.IO.Path.Combine(AppContext.BaseDirectory, "samples", "stories260k");

    private string CopySample(string name)
    {
        string folder = _tool.Path(name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(SampleModel()))
        {
            File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)));
        }

        return folder;
    }

    /// <summary>Runs <c>dpo</c> and returns its one line of error.</summary>
    private string Fail(params string[] arguments)
    {
        (int exitCode, string output, string error) = ToolRun.Run(["dpo", "--output", _tool.Path("run"), .. arguments]);

        Assert.True(exitCode == 2, $"exit code {exitCode}\n{output}\n{error}");
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tool.Path("run")), "a run folder was left behind");
        return error;
    }
}
