using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FastAlign.Cli.Settings;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign generate</c>: continuations of a prompt, streamed as they are decoded.</summary>
internal static class GenerateCommand
{
    private const string DefaultPrompt = "Once upon a time";

    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "Hugging Face folder; the embedded sample without it." };
        var prompt = new Option<string?>("--prompt") { Description = $"Text to continue; - reads standard input. [default: {DefaultPrompt}]" };
        var file = new Option<string?>("--prompt-file") { Description = "File whose text is the prompt." };
        var newTokens = new Option<int>("--max-new-tokens", "--max_new_tokens") { Description = "Tokens to add at most.", DefaultValueFactory = static _ => 200 };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits; 0 is greedy.", DefaultValueFactory = static _ => 0 };
        var topK = new Option<int>("--top-k", "--top_k") { Description = "Keep the k most likely tokens; 0 keeps all." };
        var topP = new Option<double>("--top-p", "--top_p") { Description = "Keep the smallest set of tokens of this probability.", DefaultValueFactory = static _ => 1 };
        var samples = new Option<int>("--samples") { Description = "Continuations; the prompt is computed once.", DefaultValueFactory = static _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the draws." };
        Option<string> device = Devices.Option();
        var threads = new Option<int>("--threads") { Description = "Host threads; 0 takes all processors." };
        var type = new Option<string>("--dtype")
        {
            Description = "How matrices are kept: auto (bfloat16 if the file has that: the same tokens), float32 or bfloat16.",
            DefaultValueFactory = static _ => "auto",
        };
        var json = new Option<bool>("--json") { Description = "Ids, text and log-probs as JSON on standard output." };
        var command = new Command("generate", "Continue a prompt, greedily or by sampling.")
        {
            model, prompt, file, newTokens, temperature, topK, topP, samples, seed, device, threads, type, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            using Backend backend = Devices.Open(parsed.GetValue(device)!, parsed.GetValue(threads));
            string folder = parsed.GetValue(model) ?? SampleData.Model;
            using LoadedModel loaded = HfCheckpoint.Load(folder, backend, SettingValues.Choose("--dtype", parsed.GetValue(type), TrainingSettings.Storages));
            if (loaded.Score is not null)
            {
                throw new InputException($"{folder}: expected a language model, found a reward model with {loaded.Score.Labels} outputs");
            }

            Tokenizer tokenizer = Tokenizer.Load(folder);
            int[] ids = tokenizer.EncodeIds(ReadPrompt(parsed.GetValue(prompt), parsed.GetValue(file)), addSpecialTokens: true);
            var options = new GenerationOptions
            {
                MaxNewTokens = parsed.GetValue(newTokens),
                SamplesPerPrompt = parsed.GetValue(samples),
                StopIds = loaded.Tokens.End,
                Sampling = new SamplingOptions
                {
                    Temperature = parsed.GetValue(temperature),
                    TopK = parsed.GetValue(topK),
                    TopP = parsed.GetValue(topP),
                    Seed = parsed.GetValue(seed),
                },
            };
            CheckRoom(loaded.Spec, ids.Length, options.MaxNewTokens);
            using var decoder = new DecoderModel(loaded.Spec, loaded.Parameters, Math.Max(1, ids.Length + options.MaxNewTokens));
            Run(decoder, tokenizer, ids, options, parsed.GetValue(json), cancellation);
            return Task.FromResult(cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done);
        });
        return command;
    }

    /// <summary>Beyond its positions a model has not learnt anything, whatever its position embedding could be made to compute.</summary>
    private static void CheckRoom(DecoderSpec spec, int promptTokens, int newTokens)
    {
        int room = spec.MaxPositions - promptTokens;
        if (newTokens > room)
        {
            throw new InputException($"--max-new-tokens: expected at most {room} after a prompt of {promptTokens} tokens (the model has {spec.MaxPositions} positions), found {newTokens}");
        }
    }

    private static string ReadPrompt(string? prompt, string? file)
    {
        if (file is null)
        {
            return prompt == "-" ? Console.In.ReadToEnd() : prompt ?? DefaultPrompt;
        }

        try
        {
            return prompt is null ? File.ReadAllText(file) : throw new InputException("--prompt and --prompt-file: expected one of them, found both");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--prompt-file: {file} cannot be read: {failure.Message}", failure);
        }
    }

    private static void Run(DecoderModel model, Tokenizer tokenizer, int[] prompt, GenerationOptions options, bool isJson, CancellationToken cancellation)
    {
        bool isStreamed = !isJson && options.SamplesPerPrompt == 1;
        DecodeStream stream = tokenizer.CreateDecodeStream(skipSpecialTokens: true);
        if (isStreamed)
        {
            foreach (int id in prompt)
            {
                Console.Out.Write(stream.Step(id));
            }
        }

        var clock = Stopwatch.StartNew();
        Action<int, int>? onToken = isStreamed ? (_, token) => Console.Out.Write(stream.Step(token)) : null;
        IReadOnlyList<Continuation> results = new Generator(model).Generate([prompt], options, onToken, cancellation);
        double seconds = clock.Elapsed.TotalSeconds;
        if (isStreamed)
        {
            Console.Out.WriteLine(stream.Flush());
        }
        else if (isJson)
        {
            Console.Out.WriteLine(ToJson(tokenizer, prompt, results).ToJsonString());
        }
        else
        {
            for (int i = 0; i < results.Count; i++)
            {
                Console.Out.WriteLine($"--- {i + 1} ---\n{tokenizer.Decode([.. prompt, .. results[i].Ids], skipSpecialTokens: true)}");
            }
        }

        int tokens = results.Sum(r => r.Ids.Count);
        Console.Error.WriteLine($"{tokens} tokens in {seconds:F2} s, {tokens / seconds:N0} tokens/s, prompt {prompt.Length} tokens, {model.Backend.Name}");
    }

    private static JsonObject ToJson(Tokenizer tokenizer, int[] prompt, IReadOnlyList<Continuation> results) => new()
    {
        ["prompt_ids"] = new JsonArray([.. prompt.Select(id => (JsonNode)id)]),
        ["continuations"] = new JsonArray([.. results.Select(r => (JsonNode)new JsonObject
        {
            ["text"] = tokenizer.Decode([.. r.Ids], skipSpecialTokens: true),
            ["ids"] = new JsonArray([.. r.Ids.Select(id => (JsonNode)id)]),
            ["logps"] = new JsonArray([.. r.LogProbs.Select(p => (JsonNode)p)]),
            ["stopped"] = r.IsStopped,
        })]),
    };
}
